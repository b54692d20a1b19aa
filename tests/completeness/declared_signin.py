"""What a person's own sign-in leaves in the log."""

from tests.completeness.watch import E

_OPERATOR = "staff/operator"
_ADDED = E("auth.enrolled", _OPERATOR, obj="user", body={"user": "{operator}", "by": "link"})
_MORE = E("auth.enrolled", _OPERATOR, obj="user", body={"user": "{operator}", "by": "session"})
_NOT = {"res": "denied", "obj": "user"}
_REFUSED = E("auth.factor", _OPERATOR, **_NOT, body={"what": "refused", "of": "new passkey"})
_LIST = E("admin.viewed", _OPERATOR, obj="page", purpose="operations", body={"page": "sign-ins"})
_OFFICER = "staff/officer"
_LEFT = E("admin.viewed", _OFFICER, obj="page", purpose="compliance", body={"page": "leaving"})

SIGNIN: dict[str, tuple[E, ...]] = {
    "enrol POST wrong": (_REFUSED,),
    "enrol POST": (_ADDED,),
    "login GET": (),
    "login POST wrong": (E("auth.failed", "unknown", res="denied", body={"user": "unknown", "factor": "passkey"}),),
    "login POST": (E("auth.login", _OPERATOR, body={"factor": "passkey"}),),
    "signin GET": (),
    "signin-add GET": (),
    "signin-add POST": (_MORE,),
    "signin-mailbox GET": (),
    "signin-mailbox POST": (E("code.sent", _OPERATOR, "operator", obj="user", body={"purpose": "work mailbox"}),),
    "signin-mailbox POST wrong": (E("code.failed", _OPERATOR, "operator", **_NOT, body={"tries": 1}),),
    "signin-mailbox POST code": (
        E("code.accepted", _OPERATOR, "operator", obj="user", body={"purpose": "work mailbox"}),
    ),
    "signin-mailbox GET shown": (
        E("parties.read", _OPERATOR, "operator", obj="user", purpose="operations", cnt=1, body={"why": "own page"}),
    ),
    "signin-codes POST": (E("auth.enrolled", _OPERATOR, obj="user", body={"recovery_codes": 10}),),
    "signin-remove POST": (E("auth.revoked", _OPERATOR, obj="user", body={"passkey": "{passkey}"}),),
    "signin-people GET": (_LIST,),
    "signin-people-ask POST wrong": (_LIST,),
    "signin-people-ask POST": (E("approval.requested", _OPERATOR, obj="approval", body={"of": "people.invite"}),),
    "signin-people-link POST early": (),
    "signin-people-link POST": (
        E("approval.executed", _OPERATOR, obj="approval"),
        E("parties.created", _OPERATOR, body={"role": "staff"}),
    ),
    "signin-people-end POST": (E("auth.revoked", _OPERATOR, obj="user", body={"sessions": "all"}),),
    "signin-leaving GET": (_LEFT,),
    "signin-disable POST wrong": (_LEFT,),
    "signin-disable POST": (E("parties.changed", _OFFICER, obj="user", body={"active": {"old": True, "new": False}}),),
    "signin-enable POST": (E("approval.requested", _OFFICER, obj="approval", body={"of": "people.enable"}),),
    "signin-again GET": (),
    "signin-again POST": (E("auth.factor", _OPERATOR, obj="user", body={"what": "passkey touched"}),),
    "signin-end POST": (E("auth.revoked", _OPERATOR, obj="user", body={"sessions": "all"}),),
    # the session that ended is noticed as it is used again
    "signin GET ended": (E("auth.logout", _OPERATOR),),
    "signin-recover GET": (),
    "signin-recover POST wrong": (
        E("auth.failed", "unknown", res="denied", body={"user": "{operator}", "factor": "recovery_code"}),
    ),
    "signin-recover POST": (E("auth.factor", _OPERATOR, obj="user", body={"what": "recovery code used", "left": 9}),),
}
SIGNIN_JOBS: dict[str, tuple[E, ...]] = {
    "signin.told": (
        E("parties.read", "service", "clerk", obj="user", purpose="operations", cnt=1, body={"fields": ["email"]}),
    ),
    "signin.told nobody": (),  # no mailbox of hers is proven
    # what a page of before `signin.told` asked for
    "signin.changed": (
        E("parties.read", "service", "clerk", obj="user", purpose="operations", cnt=1, body={"fields": ["email"]}),
    ),
}
