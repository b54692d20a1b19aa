"""Consents that a recipient asks for: an ask, the customer's invitation to it, and how it ends."""
