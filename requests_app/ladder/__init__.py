"""What we do while a request waits: the ladder from the check of delivery to the decision of two people."""
