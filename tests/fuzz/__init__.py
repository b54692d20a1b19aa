"""Mutated mails and PDFs against the readers, in the sandbox that the product uses."""
