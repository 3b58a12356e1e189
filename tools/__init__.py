"""What a page looks like, weighs, and feels like on a bad network."""
