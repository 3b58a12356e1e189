"""What the tests are told with: people, their windows, servers, databases and proxies. Knows no test."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""Of this repository."""
