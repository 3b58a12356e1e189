"""What the facts are told with: people, their windows, and what they see."""
