"""One server, and all that may happen to it."""
