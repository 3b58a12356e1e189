"""Trying the chat room from outside: its costs, its faults, its looks."""
