"""Who answers, and for how much: tiers, prices, routing and the one gateway to every model."""
