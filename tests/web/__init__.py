"""Facts about addresses, headers, and what bad input gets."""
