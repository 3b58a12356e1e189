"""An anonymous chat room: open it in a browser and write at once."""
