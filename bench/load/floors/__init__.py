"""Bare applications: what the server, and the framework, cost without a chat."""
