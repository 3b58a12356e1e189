"""Rules and small parts, each alone."""
