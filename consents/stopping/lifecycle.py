"""What the end of a consent can reach, how far that can get, and the moves between (rules)."""

from datetime import timedelta
from enum import StrEnum


class Reached(StrEnum):
    """How far the end of a consent got at one target."""

    WAITING = "waiting"
    DONE = "done"
    CANNOT_UNDO = "cannot_undo"


class Kind(StrEnum):
    """What kind of place a target is; the list is closed, and its order is the order on the page."""

    ACCESS = "access"  # the recipient's way in: API and keys
    LINKS = "links"  # open links to something under the consent
    JOBS = "jobs"  # what was queued and had not gone out
    UTILITY_REQUEST = "utility_request"  # a request that the utility has
    NECTAR = "nectar"  # documents at Nectar
    NECTAR_TRACKING = "nectar_tracking"  # Nectar's collecting for her accounts
    EXPORTS = "exports"  # what the recipient read already
    DELETION = "deletion"  # the recipient's word that copies are deleted


class Because(StrEnum):
    """What ended the consent. A suspension ends nothing: what it holds up goes on when it is lifted."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Ended(StrEnum):
    """Whose doing an end was, as far as the customer is told: which of the others it was stays with them."""

    HER = "her"
    UTILITY = "utility"
    OTHERS = "others"  # another holder, a right objection, a look at signs of abuse
    CLOCK = "clock"
    NEWER = "newer"


HER_WORD = frozenset({"dashboard", "receipt_link", "phone", "post"})


def ended_by(because: str, how: str) -> Ended:
    """Say whose doing an end was; a way that is not on the list of her own is never called hers."""
    if because != Because.REVOKED:
        return Ended.CLOCK if because == Because.EXPIRED else Ended.NEWER
    if how in HER_WORD:
        return Ended.HER
    return Ended.UTILITY if how == "utility" else Ended.OTHERS


class Outcome(StrEnum):
    """How a person closed an alert."""

    SETTLED = "settled"  # reached another way, by telephone say
    CANNOT_UNDO = "cannot_undo"
    GOES_ON = "goes_on"  # the row still waits; the alert was seen to


NEXT: dict[Reached, frozenset[Reached]] = {
    Reached.WAITING: frozenset({Reached.DONE, Reached.CANNOT_UNDO}),
    Reached.DONE: frozenset(),
    Reached.CANNOT_UNDO: frozenset(),
}
# Who may end a consent for a customer who writes or calls, and how that reached us.
BY_STAFF = ("phone", "post", "utility")
# After these many looks without progress somebody is called; the looks go on all the same.
ALARMING_TRIES = 6
# A recipient says within these days that copies are deleted (field guide 6: 30 days after a revocation).
DAYS_TO_ATTEST = 30
FIRST_LOOK, LONGEST_PAUSE = timedelta(seconds=20), timedelta(hours=4)


def can_move(old: Reached, new: Reached) -> bool:
    """Say whether a target may go from one state to the other."""
    return new in NEXT[old]


def pause(tries: int) -> timedelta:
    """Give how long to wait before the next look, after this many looks without progress."""
    longer: timedelta = FIRST_LOOK * 2 ** min(tries, 12)
    return min(longer, LONGEST_PAUSE)
