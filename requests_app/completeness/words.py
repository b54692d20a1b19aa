"""Closed lists of requested versus received: why a utility has none, what was too much, what becomes of it (rules)."""

from collections.abc import Iterable

from django.utils.translation import gettext_noop as _

# Why the co-op says that there is nothing to send.
REASONS: dict[str, str] = {
    "not_kept": "It does not keep records so far back",
    "not_served": "The account was not served then",
    "not_metered": "Its meter does not record this",
    "other_period": "The billing period that covers it is outside the permission",
    "no_such_record": "It has no such record for this account",
}

# What was too much in a file.
OTHER_ACCOUNT, EXTRA_MONTHS, EXTRA_TYPES = "other_account", "extra_months", "extra_types"
KINDS: dict[str, str] = {
    OTHER_ACCOUNT: "data of another account",
    EXTRA_MONTHS: "months that were not asked for",
    EXTRA_TYPES: "a kind of data that was not asked for",
}
HER_KINDS: dict[str, str] = {
    OTHER_ACCOUNT: _("pages that are not about your account"),
    EXTRA_MONTHS: _("months that you did not share"),
    EXTRA_TYPES: _("a kind of data that you did not share"),
}

# What becomes of it.
RETURN, DESTROY, WIDER = "return", "destroy", "wider"
DISPOSITIONS: dict[str, str] = {
    DESTROY: "Destroy it: its key is destroyed, and nobody can read it any more",
    RETURN: "Leave it to the co-op: it stays sealed until the co-op says what to do; nothing of it is mailed",
    WIDER: "Keep it sealed; the customer reads on her page that she may share more",
}


def open_to(kinds: Iterable[str]) -> dict[str, str]:
    """Give what may become of a file that brought this: another account's is not hers to share more of."""
    return {code: text for code, text in DISPOSITIONS.items() if code != WIDER or OTHER_ACCOUNT not in set(kinds)}


CELLS: dict[str, str] = {
    "received": _("received"),
    "waiting": _("being checked"),
    "unreadable": _("came, cannot be read"),
    "none_exists": _("co-op has none"),
    "out_of_scope": _("not shared"),
    "missing": _("missing"),
}
# A sign before each word, so that colour is never all there is.
SIGNS: dict[str, str] = {
    "received": "✓",
    "waiting": "…",
    "unreadable": "!",
    "none_exists": "–",
    "out_of_scope": "×",
    "missing": "○",
}
