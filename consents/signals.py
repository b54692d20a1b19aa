"""What others may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that ends a consent, with `consent` and `ref` (the event of the end):
# receivers only write rows and enqueue jobs.
consent_ended = Signal()
