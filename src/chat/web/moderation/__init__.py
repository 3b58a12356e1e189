"""What moderators do, and see: the acts, and the pages of /moderation."""
