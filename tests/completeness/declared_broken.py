"""What a request may leave, and how it may answer, while no entry of the log can be written; each with its reason."""

_TRY = (
    "a try is counted before it is made, whatever comes of it: without that a broken log would give tries for nothing"
)
_LOOK = "when a browser was last seen, which ends a visit in time; no entry is ever written of it"
_TOUCH = "what a passkey signed is spent as it is looked at: a copy of it must find a higher counter"
_EMPTY = (
    "an empty draft of files, or a write key or the name of a file whose bytes are gone again: nothing can be opened"
)

# Tables, and columns of tables, whose rows may change.
LEFT = {
    "django_session": "what a browser is remembered by; an audited fact never stands in it",
    "limits_tries": _TRY,
    "sqlite_sequence": "the next number of a table whose rows are counted here themselves",
    "parties_emaillink.code_tries": _TRY,
    "visits_visit": _LOOK,
    "parties_keyuse": "when a key was last used, of each call, whatever came of it",
    "desk_deskcode.tries": _TRY,
    "checking_clerkcode.tries": _TRY,
    "outside_code.tries": _TRY,
    "signin_signedin.seen_at": _LOOK,
    "signin_passkey.counter": _TOUCH,
    "signin_passkey.used_at": _TOUCH,
    "upload_sharedraft": _EMPTY,
    "jobs_heartbeat.beat_at": "when a process was last alive: one that runs beside the walk, such as the mail listener",
    "vault_key": _EMPTY,
    "vault_sealedfile": _EMPTY,
    "axes_accessattempt": _TRY,
}
# Words of the frame that a page for somebody who is signed in has, and the telephone number of whom to ask.
FRAME = {"Work", "sign", "555", "0101"}
# Jobs that whatever happens asks for: they tidy up, and each leaves what is declared for it.
JOBS = ("limits.forget", "share_draft.end")
# Requests that answer all the same.
ANSWERS = {
    "my my GET": "her list is left out and stopping never waits for it (tests/integration/test_log_unavailable.py)",
}
