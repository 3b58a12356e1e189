"""What the chat room costs, measured from outside."""
