"""Delivery: the newest events of the rooms in use, and the polls that wait for more. No HTTP, no HTML, no SQL."""
