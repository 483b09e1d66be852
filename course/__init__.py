"""What travels through a run: input, plan, sections, verdicts, state, policy and output."""
