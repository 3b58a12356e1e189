"""What the chat room costs its server, measured beside bare floors: `make bench`."""
