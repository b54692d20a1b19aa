"""The permitted ways by which data comes: a mail to the billing desk, a customer's own file, Nectar for documents.

Channels return values or raise; they never write to the log. Only `requests_app.pull` and `.receive` reach them.
"""
