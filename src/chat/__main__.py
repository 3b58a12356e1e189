"""`python -m chat` is the `chatroom` command."""

from chat.cli import main

main()
