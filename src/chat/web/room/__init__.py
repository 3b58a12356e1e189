"""The room: its page, and what people do in it."""
