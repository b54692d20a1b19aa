"""What a recipient is told of files that it brought (rules): how each stands, and why; nothing that is in it."""

from broker.reasons import REASONS
from requests_app.brought import rules
from requests_app.share_words import UNNAMED

DAYS = rules.WAITS.days
STATES = {
    rules.REFUSED: "refused",
    rules.WAITING: "waits for the customer",
    rules.CONFIRMED: "the customer said yes",
    rules.TAKEN: "taken",
    rules.DECLINED: "the customer said no",
    rules.NOT_TAKEN: "not taken",
    rules.EXPIRED: "no answer in time",
    rules.ENDED: "permission ended",
    rules.KNOWN: "came another way",
}
MARKS = {
    rules.REFUSED: "no",
    rules.WAITING: "open",
    rules.CONFIRMED: "open",
    rules.TAKEN: "yes",
    rules.DECLINED: "no",
    rules.NOT_TAKEN: "no",
    rules.EXPIRED: "no",
    rules.ENDED: "no",
    rules.KNOWN: "yes",
}
_COUNTED = {  # of one, of many
    rules.REFUSED: ("refused", "refused"),
    rules.WAITING: ("waits for the customer", "wait for the customer"),
    rules.CONFIRMED: ("being taken", "being taken"),
    rules.TAKEN: ("taken", "taken"),
    rules.DECLINED: ("declined by the customer", "declined by the customer"),
    rules.NOT_TAKEN: ("not taken", "not taken"),
    rules.EXPIRED: ("not answered in time", "not answered in time"),
    rules.ENDED: ("ended with the permission", "ended with the permission"),
    rules.KNOWN: ("came another way", "came another way"),
}
_WHY = {
    rules.WAITING: "We ask the customer by e-mail. Nothing of it counts as data until the answer is yes.",
    rules.CONFIRMED: "It is being read and taken. While the permission is on hold, or a service is down, it waits.",
    rules.TAKEN: "It serves what you ask for by the way of files, for these days.",
    rules.DECLINED: "The customer says that it is not theirs, or that they did not give it to you. It was destroyed.",
    rules.NOT_TAKEN: "The customer said yes, but the file could not be taken. It was destroyed.",
    rules.EXPIRED: f"The customer did not answer within {DAYS} days. It was destroyed.",
    rules.ENDED: "The permission ended first. It was destroyed.",
    rules.KNOWN: "The very same file came another way meanwhile; it counts once.",
}
_REFUSED = {
    rules.UNMATCHED: (
        "It names no account of a permission in force that names your organisation, or it also names another account."
    ),
    rules.TWICE: "You brought this very file before, and it still waits for the customer. It counts once.",
    rules.ALREADY: "This very file is here already under that permission. It counts once.",
    rules.SAID_NO: "The customer was asked about this very file before and said no.",
    rules.TOO_MANY: (
        f"{rules.MOST_WAITING} files wait for this customer’s answer already. Bring more when they are answered."
    ),
    rules.TOO_MANY_FILES: f"A drop takes {rules.MOST_FILES} files. Bring this one in another drop.",
    "file.bill_unread": "Our program is not sure whose bill it is, or of which days. Ask the customer to share it.",
    "scope.range": "It is of days that the permission does not name. Bring bills of days that it names.",
    "scope.data_type": "It is a kind of data that the permission does not name.",
    "file.no_words": (
        "It, or a page of it, is a picture or a scan without words, or in letters that no program can tell. Bring the"
        " PDF that the portal gives."
    ),
}


def counted(state: str, number: int) -> str:
    """Say how many files stand so."""
    return f"{number} {_COUNTED[state][number != 1]}"


def why(state: str, code: str) -> str:
    """Say why a file stands as it does, and what to do."""
    if state == rules.REFUSED:
        return f"{_reason(code)} Nothing of it is kept."
    told = rules.said_to_recipient(code) if state in (rules.NOT_TAKEN, rules.ENDED) else ""
    return f"{_WHY[state]} {_reason(told)}" if told else _WHY[state]


def _reason(code: str) -> str:
    if code in _REFUSED:
        return _REFUSED[code]
    reason = REASONS.get(code, REASONS[UNNAMED])
    return f"{reason.title}. {reason.text} {reason.instead}".strip()
