"""What outlives a process: checkpoints, calls, drafts and the list of runs, in SQLite or PostgreSQL."""
