"""The facts of the room once more, through real Chromium."""
