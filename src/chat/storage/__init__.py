"""The database: tables, engines, and all SQL."""
