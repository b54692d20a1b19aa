"""The views that every officer has from the first day (rules)."""

from collections.abc import Mapping
from typing import NamedTuple


class Ready(NamedTuple):
    """A ready-made view."""

    key: str
    name: str
    about: str
    filters: Mapping[str, str]


READY = (
    Ready("refusals", "Refusals by reason", "What was asked for and refused; Charts counts the reasons.",
          {"group": "refusals", "res": "denied"}),
    Ready("outside", "Reads outside office hours", "Staff who opened data before 8, from 17 on, or on a day off.",
          {"staff_reads": "1", "outside": "1"}),
    Ready("exceptions", "Acts of two people", "What two people decided, and lanes of the log closed by hand.",
          {"group": "exceptions"}),
    Ready("last_day", "Consent used on its last day", "Reads on the day before a permission ran out.",
          {"computed": "last_day"}),
    Ready("after_revocation", "Reads after revocation", "Must be empty: data that left over a second after an end.",
          {"computed": "after_revocation"}),
    Ready("orphans", "Orphan e-mails older than 2 days", "Mails that fit no request and still wait.",
          {"computed": "orphans"}),
    Ready("policy", "Policy or role changes", "Profiles, settings, keys, people and their roles.",
          {"group": "policy"}),
    Ready("readers", "Log readers", "Who read, searched or exported the log.",
          {"group": "log"}),
)  # fmt: skip
