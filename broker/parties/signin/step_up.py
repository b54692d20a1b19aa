"""What asks for a fresh touch of the passkey (rules): one list, enforced by the guard in front of every view.

By the name of an address; the methods are those that ask. A page that only shows what an act would be is free. So are
the stop switch and a suspension (`duties-switch`, `duties-suspend`): they protect at once, take nothing but access that
comes back, and whoever has a session and no passkey at hand must be able to; to open again asks for a touch.
"""

ANY, POST = frozenset({"GET", "POST"}), frozenset({"POST"})

LISTED: dict[str, frozenset[str]] = {
    # one's own way in, and another's
    "signin-add": ANY,
    "signin-mailbox": ANY,
    "signin-remove": POST,
    "signin-codes": POST,
    "signin-people-end": POST,
    "signin-disable": POST,
    "signin-enable": POST,
    "signin-people-ask": POST,
    "signin-people-link": POST,
    # where the desk's people hear of their sign-in too
    "admin:morning": POST,
    # what leaves the console as a file
    "console-export": ANY,
    "console-pack-new": POST,
    "console-pack-download": ANY,
    "console-pack-again": POST,
    # holds, destruction, incidents and legal demands
    "console-hold-place": POST,
    "console-hold-review": POST,
    "console-hold-release": POST,
    "console-retention-ask": POST,
    "console-erase": POST,
    "console-incident-new": POST,
    "console-incident-list": POST,
    "console-incident-propose": POST,
    "console-incident-delay": POST,
    "console-incident-coop": POST,
    "console-incident-customers": POST,
    "console-incident-step": POST,
    "console-demand-new": POST,
    "console-demand-decide": POST,
    "console-demand-gag": POST,
    "console-demand-answer": POST,
    # what two people decide: keys, policies, profiles, holds, packs, organisations
    "console-approval-decide": POST,
    "console-organisation-propose": POST,
    "console-organisation-link": POST,
    "console-organisation-purposes": POST,
    # a review of roles and keys
    "console-rights-begin": POST,
    "console-rights-decide": POST,
    # a day of waiting in the place of a second person
    "duties-wait-begin": POST,
    # somebody from outside in the place of the second person
    "duties-outside-enrol": POST,
    "duties-outside-send": POST,
    # an emergency
    "console-glass-break": POST,
    "console-glass-read": POST,
    "console-glass-review": POST,
    # what was stopped or suspended goes on
    "duties-resume": POST,
    "duties-lift": POST,
    # policy: closing days and profiles of utilities, the gate's suspensions, the log's alarms
    "console-closing-days": POST,
    "console-profile": POST,
    "console-gate-lift": POST,
    "console-log-lane": POST,
    "console-log-lost": POST,
    # keys of a recipient: for its programs, and what our messages to it are signed with
    "recipient-key-new": POST,
    "recipient-hook": POST,
}
