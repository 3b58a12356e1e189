"""What people do: a file a noun, verbs as functions. No HTTP, no HTML, no SQL."""
