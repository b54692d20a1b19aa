"""What holds for files that a recipient brings: how long they wait, how many (rules)."""

from datetime import timedelta

WAITS = timedelta(days=14)  # until a file that nobody answered for is destroyed
OPEN_FOR = timedelta(hours=1)  # files are added to one drop for so long
ASKED_AFTER = timedelta(minutes=5)  # so that one mail asks about all files of a drop
ASKED_AGAIN = timedelta(days=1)  # of one customer, from one mail to the next, whoever brings
TOLD_AFTER = timedelta(minutes=2)
MOST_FILES = 60  # of a drop
MOST_WAITING = 60  # of one recipient for one customer

REFUSED, WAITING, CONFIRMED, TAKEN, DECLINED = "refused", "waiting", "confirmed", "taken", "declined"
EXPIRED, ENDED, KNOWN, NOT_TAKEN = "expired", "ended", "known", "not_taken"
OPEN = (WAITING, CONFIRMED)
# Ends of a permission; a hold or a pause is none, and a file waits on through it.
OVER = ("consent.expired", "consent.revoked", "consent.superseded")
# A hold and a pause: after her yes a file waits until they are lifted, or until the permission ends.
ON_HOLD = ("consent.suspended", "consent.paused_dormant", "consent.objection")
HOLD_AGAIN = timedelta(hours=6)  # from one look at a hold to the next
_PASSING = ("file.scanner_down", "file.too_heavy", "share.enough")
_BROKEN_OFF = ("TookTooLong", "Died")  # how a child process that read a file ended without an answer
# Why a file is refused at the drop, beside the reasons that a file of a customer's own is refused for.
UNMATCHED, TWICE, ALREADY = "brought.unmatched", "brought.twice", "brought.already"
SAID_NO, TOO_MANY, TOO_MANY_FILES = "brought.said_no", "brought.too_many_waiting", "brought.too_many_files"


def said_to_recipient(code: str) -> str:
    """Give the code that a recipient is told of a file whose customer said yes and that was not taken.

    What her permission says is told. What else is in a file, or whose it is, is not: that would read it out.
    """
    return code if code.startswith(("consent.", "scope.data_type", "scope.range")) else ""


def passes(code: str, detail: str) -> bool:
    """Say whether a refusal is of the machine or of the hour, and not of the file: it is tried again."""
    return code in _PASSING or (code == "file.unreadable" and detail in _BROKEN_OFF)
