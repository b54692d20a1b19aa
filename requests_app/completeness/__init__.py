"""What was asked of a utility against what it sent: what is missing, and what is too much."""
