"""Watch and improve: metrics, history, alerts, traces, evaluation. No node knows of it; it hangs on hooks."""
