"""Fees that a utility asks for, questions between it, us and the customer, and requests that take another's place."""
