"""What operators see: counts, figures, and the log."""
