"""The long poll, whole: its query, its one decision, its answers."""
