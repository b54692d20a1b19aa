"""Acts of the log that an officer looks at together (rules)."""

from typing import NamedTuple


class Group(NamedTuple):
    """A named group of acts."""

    title: str
    acts: tuple[str, ...]


READS = (
    "account.read", "admin.export", "ask.read", "brought.read", "complaint.read", "consent.viewed", "data.compared",
    "data.exported", "data.read", "data.viewed", "demand.read", "draft.read", "file.read", "glass.read", "hold.read",
    "joint.read", "letter.read", "letter.verified", "log.read", "log.exported", "mail.read", "nectar.uploaded",
    "objection.read", "outside.read", "pack.read", "paper.read", "parties.read", "question.read", "receipt.read",
    "request.read", "share.draft_read",
)  # fmt: skip
PACKED = ("admin.export", "pack.read")  # their number counts entries of the act, not records
REFUSALS = ("pull.decided", "pull.refused", "data.read_refused", "consent.refused", "file.rejected", "mail.refused")
ALARMS = (
    "alarm.lane",
    "alarm.job",
    "alarm.log",
    "alarm.canary",
    "alarm.delay",
    "alarm.clock",
    "alarm.purpose",
    "alarm.brought",
    "stop.alerted",
)
LOG_READERS = ("log.read", "log.listed", "log.searched", "log.exported")
EXCEPTIONS = ("approval.executed", "admin.lane_closed", "admin.log_opened", "alarm.ack", "gate.cleared", "key.release")
POLICY = (
    "admin.log_key", "admin.setting", "auth.enrolled", "auth.revoked", "parties.changed", "parties.created",
    "parties.removed", "profile.changed", "profile.loaded",
)  # fmt: skip
ASKS = (
    "pull.decided",
    "pull.checked",
    "pull.refused",
    "data.link_made",
    "data.read",
    "data.read_refused",
    "data.exported",
)

# How much an entry asks for attention: an alarm; what failed, was refused or needs two people; all else.
SEVERITIES = ("high", "raised", "normal")
RAISED = ("key.", "approval.", "hold.", "demand.", "outside.")

GROUPS: dict[str, Group] = {
    "asks": Group("Asks and reads of recipients", ASKS),
    "reads": Group("Everything that opened data", READS),
    "refusals": Group("Refusals", REFUSALS),
    "exceptions": Group("Acts of two people, and other exceptions", EXCEPTIONS),
    "policy": Group("Changes of policy, people and roles", POLICY),
    "log": Group("Readers of the log", LOG_READERS),
    "alarms": Group("Alarms", ALARMS),
}


def severity(act: str, res: str) -> str:
    """Give an entry's severity, from what its header says."""
    if act.startswith("alarm."):
        return "high"
    return "raised" if res != "ok" or act.startswith(RAISED) else "normal"
