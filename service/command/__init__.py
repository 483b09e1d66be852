"""The commands, in groups; cli.py puts them together. Each imports what it needs when it runs."""
