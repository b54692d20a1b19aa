"""What the job system tells packages above it."""

from django.dispatch import Signal

# Sent inside the transaction that buries the job, with `job` (a JobView) and `code`: a receiver that cannot
# write its alarm undoes the burial, and the job is looked at again when its lease is over.
job_dead = Signal()
