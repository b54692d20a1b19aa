"""What the public page of a letter leaves in the log."""

from tests.completeness.watch import E

_CLERK = {"by": "unknown/clerk", "of": "her", "obj": "letter"}
_NAMES = {"letter": "{number}", "consent": "{consent}"}
_LOOK = E("letter.verified", **_CLERK, purpose="verification", cnt=1, body=_NAMES)

CHECKING: dict[str, tuple[E, ...]] = {
    "verify GET": (),
    "verify-code GET": (),  # nothing is looked up without the digits
    "verify POST slip": (),
    "verify POST wrong": (E("letter.verified", "unknown/clerk", res="denied", purpose="verification"),),
    "verify-code POST": (),  # code and digits were right; what is then opened has an event of its own
    "verify POST": (),
    "verify-letter GET": (_LOOK,),
    "verify-copy GET": (E("letter.read", **_CLERK, purpose="verification", cnt=1, body={"letter": "{number}"}),),
    "verify-file GET": (),
    "verify-file POST stranger": (),  # no letter of ours, so nobody's
    "verify-file POST": (
        E("letter.verified", **_CLERK, purpose="verification", body={"letter": "{number}", "result": "exact"}),
    ),
    "verify-yourself GET": (),
    "verify-root GET": (),
    "verify-time-root GET": (),
    "verify-released GET": (),
    "verify-released POST": (E("letter.released", **_CLERK, body=_NAMES),),
    "verify-released POST twice": (),
    "verify-member GET": (),
    "verify-member POST": (E("letter.code_sent", **_CLERK, body=_NAMES),),
    "verify-member-code GET": (),
    "verify-member-code POST wrong": (E("letter.code_failed", **_CLERK, res="denied", body=_NAMES),),
    "verify-member-code POST": (
        E("identity.proven", "unknown/clerk", "her", obj="account", body={"level": "L3", "how": "clerk_button"}),
    ),
    "verify-doubt GET": (),
    "verify-doubt POST secret": (E("gate.refused", "unknown", res="denied"),),
    "verify-doubt POST": (
        E("consent.disputed", **_CLERK, body=_NAMES),
        E("consent.suspended", "unknown/clerk", "her", body={"because": "utility_doubt"}),
    ),
    "admin:clerk-acts GET": (
        E("admin.viewed", "staff/staff", obj="page", purpose="fulfilment", cnt=3, body={"page": "clerk acts"}),
    ),
    "admin:clerk-act GET": (
        E("consent.viewed", "staff/staff", "her", obj="letter", purpose="support", cnt=1, body=_NAMES),
    ),
    "admin:clerk-act POST": (
        E("consent.resumed", "staff/staff", "her", body={"lifted": ["utility_doubt"], "standing": []}),
    ),
}
