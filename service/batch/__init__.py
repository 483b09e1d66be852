"""Many courses from one command: inputs, what became of each, and the making of them side by side."""
