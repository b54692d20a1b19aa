"""What in the asks of applications needs a person's eye."""
