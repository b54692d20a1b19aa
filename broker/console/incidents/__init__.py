"""Incidents: what happened, whose data it touched (read out of the log), what the law asks, and who was told."""
