"""Several processes with one database: one log, wake-ups between them, and what may break."""
