"""The facts of the room once more, in a terminal: w3m and lynx, by their keys."""
