"""Facts about delivery, without HTTP, SQL or HTML."""
