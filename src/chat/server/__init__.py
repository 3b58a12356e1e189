"""The serving process: start, stop, workers, connections, logs."""
