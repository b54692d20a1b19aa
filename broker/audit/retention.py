"""Which retention class an event belongs to (rules): its data key, and so its end, follows from it.

`operations`: events about no single subject. `case`: what may be destroyed when a customer asks for it or when the
purpose is met. `evidence`: what shows that a permission existed, what was decided and disclosed under it, and what was
done about its keys; a request to erase does not reach it.
"""

import uuid

from broker.vault.retention import CASE, EVIDENCE

OPERATIONS = "operations"
CLASSES = (OPERATIONS, CASE, EVIDENCE)
OF_SUBJECTS = (CASE, EVIDENCE)

# Whole families of acts, then single ones. A new act that is not listed is a case: it ends earlier, not later.
_FAMILIES = (
    *(
        "consent.",
        "letter.",
        "key.",
        "vault.",
        "approval.",
        "complaint.",
        "demand.",
        "receipt.",
        "hold.",
        "incident.",
        "disposal.",
        "hook.",
    ),
)
_CASE_OF_FAMILIES = frozenset({"consent.viewed", "consent.step", "letter.read", "complaint.read", "receipt.read"})
_EVIDENCE = frozenset(
    {
        "pull.decided",
        "pull.refused",
        "request.created",
        "request.sent",
        "request.delivery_evidence",
        "data.released",
        "data.read",
        "data.read_refused",
        "data.exported",
        "data.destroyed",
        "data.withheld",
        "mail.destroyed",
        "file.destroyed",
        "log.exported",
        "admin.export",
        "parties.created",
        "parties.removed",
        "code.accepted",
    }
)


def class_of(act: str, subject: uuid.UUID | None) -> str:
    """Give the retention class of an event."""
    if subject is None:
        return OPERATIONS
    if act in _EVIDENCE or (act.startswith(_FAMILIES) and act not in _CASE_OF_FAMILIES):
        return EVIDENCE
    return CASE
