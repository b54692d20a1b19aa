"""The reviewed list of our own secret fields: exempt from the gate by view and field, and only there."""

# Each row says why. A field of the same name in any other view is scanned like everything else.
EXEMPT: dict[tuple[str, str], str] = {
    ("login", "password"): "our own staff sign in with it",
    ("enrol", "password"): "the first password of our own staff",
    ("enrol", "again"): "the same, typed twice",
    ("share-code", "code"): "the six digits that we mailed",
    ("my-code", "code"): "the six digits that we mailed",
    ("my-posted-code", "code"): "the code of a letter that we posted",
}
# Django's own form token travels in every form and is made by us.
EVERYWHERE = frozenset({"csrfmiddlewaretoken"})
# Views whose body is a machine's, proven by its signature and kept nowhere: only ids of it are ever looked at. To
# refuse one for a word in it would have its sender try again for days, and anybody could fill our log with incidents.
UNREAD_BODIES = frozenset({"nectar-hook"})
# Views whose path carries a single-purpose token of ours.
TOKEN_PATHS = frozenset({"share-open", "my-open", "stop", "enrol", "api-link"})


def is_exempt(view: str, field: str) -> bool:
    """Say whether this field of this view is ours and is not scanned."""
    return field in EVERYWHERE or (view, field) in EXEMPT
