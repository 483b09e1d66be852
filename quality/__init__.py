"""Is it good enough: embeddings, alignment with the objectives, agreement, calibration."""
