"""Facts about people in rooms."""
