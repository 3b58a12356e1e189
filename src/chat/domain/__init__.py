"""The rules of the room: no HTTP, no HTML."""
