"""What the chat room does under faults: servers killed, networks cut, days of talk."""
