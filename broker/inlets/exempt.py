"""The reviewed list of our own secret fields: exempt from the gate by view and field, and only there."""

from broker.parties.signin.step_up import LISTED

PASSKEY = "passkey"
# Each row says why. A field of the same name in any other view is scanned like everything else.
EXEMPT: dict[tuple[str, str], str] = {
    ("login", "password"): "our own staff sign in with it",
    ("enrol", "password"): "the first password of our own staff",
    ("enrol", "again"): "the same, typed twice",
    ("login", PASSKEY): "what a passkey signed: random bytes, checked and not kept",
    ("enrol", PASSKEY): "the public half of a new passkey",
    ("signin-add", PASSKEY): "the public half of a new passkey",
    ("signin-again", PASSKEY): "what a passkey signed",
    ("signin-recover", "code"): "a recovery code that we made",
    ("share-code", "code"): "the six digits that we mailed",
    ("my-code", "code"): "the six digits that we mailed",
    ("outside", "code"): "the six digits that we mailed",
    ("my-posted-code", "code"): "the code of a letter that we posted",
    (
        "console-profile",
        "file",
    ): "a public profile quotes the portal's guide; its new lines are scanned when it is read",
    ("verify-file", "file"): "a letter of ours is compared, byte by byte, and nothing of it is kept",
    ("recipient-drops", "file"): "each file is read by itself (`share.admitted`), and a login in one is counted by it",
    ("my-share-file", "file"): "each file is read by itself (`share.look`), so that a bad one loses none of the others",
}
# Headers that a browser, a proxy or the web server writes by itself, and that no view of ours reads or keeps. All
# others are scanned, whatever they are called; `Authorization` is exempt only with a key in it as ours are written
# (and the token of `TOKEN_IN_HEADER`), and of `Cookie` only what is ours and what `COOKIES` says.
HEADERS = frozenset(
    [
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-length",
        "content-type",
        "date",
        "dnt",
        "expect",
        "forwarded",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "keep-alive",
        "max-forwards",
        "origin",
        "pragma",
        "priority",
        "range",
        "sec-ch-ua",
        "sec-ch-ua-mobile",
        "sec-ch-ua-platform",
        "sec-fetch-dest",
        "sec-fetch-mode",
        "sec-fetch-site",
        "sec-fetch-user",
        "sec-gpc",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "upgrade-insecure-requests",
        "via",
        "x-cloud-trace-context",
        "x-csrftoken",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-real-ip",
    ]
)
# Headers that a standard names and a person or a program fills: of these the value alone is read, since the name says
# nothing of it, and beside a random value it would only look like a label.
NAMED = frozenset(
    [
        "idempotency-key",
        "referer",
        "svix-id",
        "svix-signature",
        "svix-timestamp",
        "traceparent",
        "user-agent",
        "webhook-id",
        "webhook-signature",
        "webhook-timestamp",
        "x-correlation-id",
        "x-request-id",
    ]
)
# How the names of headers begin that browsers and proxies write: such a name is no text, and none is half of one.
STANDARD = ("access-control-", "cdn-", "cf-", "fastly-", "sec-", "x-amz", "x-b3-", "x-datadog-", "x-forwarded-")
# How the cookies of trackers begin whose names sound like a session's: they count visits, and sign in nowhere.
COOKIES = ("__stripe_sid", "_uetsid", "_hjSession", "_pk_ses", "ai_session", "incap_ses_", "visid_incap_")
# What our own cookies were called before an installation had HTTPS, and what Django calls those of its messages.
OLDER_COOKIES = frozenset({"sessionid", "csrftoken", "django_language", "browser", "messages"})
# What of our own mails lets its reader in: the value of this fact of the template is taken out before it is scanned.
MAILS: dict[str, str] = {
    "link_and_code": "code",
    "clerk_code": "code",
    "desk_code": "code",
    "work_code": "code",
    "outside_code": "code",
    "coop_desk_code": "code",
}
# Our own numbers (of letters, requests, questions) and ids in what we send: by chance they look like a secret.
OWN_NUMBERS = r"\b(?:LOA|OBJ|OB|R|Q|G)-[0-9A-Za-z-]{1,24}\b|\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"
# The same in the record for machines that a letter of ours carries: the code by which anybody checks that letter, and
# who of those that it names comes where in it.
OWN_IN_RECORDS = r'"verification_code":"[0-9A-Z]{4}-[0-9A-Z]{4}"|"onward-\d{1,3}"'
# Django's own form token travels in every form and is made by us.
EVERYWHERE = frozenset({"csrfmiddlewaretoken"})
# Views whose body is a machine's, proven by its signature and kept nowhere: only ids of it are ever looked at. To
# refuse one for a word in it would have its sender try again for days, and anybody could fill our log with incidents.
UNREAD_BODIES = frozenset({"nectar-hook"})
# Views whose path carries a single-purpose token of ours.
TOKEN_PATHS = frozenset({"share-open", "my-open", "stop", "enrol", "api-link", "outside"})


# Views that a program asks with the installation's token in `Authorization`; it is compared, and kept nowhere. An old
# one is no login either: whatever watches with it would be refused, and counted, every few seconds.
TOKEN_IN_HEADER = frozenset({"metrics", "ready"})


def is_exempt(view: str, field: str) -> bool:
    """Say whether this field of this view is ours and is not scanned."""
    return field in EVERYWHERE or (view, field) in EXEMPT or (field == PASSKEY and view in LISTED)
