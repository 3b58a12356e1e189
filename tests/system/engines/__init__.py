"""The main path in engines other than Chromium's."""
