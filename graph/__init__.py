"""How a run flows: nodes, conditional edges, the services they use, checkpoints."""
