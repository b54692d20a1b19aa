"""What others may listen to."""

from django.dispatch import Signal

# Sent inside the transaction that ends a consent, with `consent`, `ref` (the event of the end) and, where a newer one
# takes its place, `by` (the newer one): receivers only write rows and enqueue jobs.
consent_ended = Signal()

# Sent inside the transaction of the signature, with `consent` (its accounts are there), `answers` (what she typed) and
# `ref` (the event of the signature), and with `link` where she signed behind a mailed link: receivers only write rows
# and enqueue jobs.
consent_granted = Signal()

# Sent inside the transaction of a "no" that somebody with a mailed link said, with `link`, `ref` and `now`: receivers
# only write rows and enqueue jobs.
consent_declined = Signal()

# Sent inside the transaction of a proof, once the consents over them have followed, with `accounts` (of one customer)
# and `now`: receivers only write rows and enqueue jobs.
account_proven = Signal()

# Sent inside the transaction that ends an ask for a consent, with `ask` (its state says how), `ref` (the event of the
# end) and `now`: receivers only write rows and enqueue jobs.
ask_ended = Signal()
