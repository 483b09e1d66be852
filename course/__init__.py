"""What travels through a run: input, plan, sections, verdicts, state, policy, output. Imports nothing of ours."""
