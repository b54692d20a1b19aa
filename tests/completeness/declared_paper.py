"""What the paper path leaves in the log."""

from tests.completeness.watch import E

_DESK = {"by": "staff/staff", "of": "him"}
_READ = {"obj": "letter", "purpose": "fulfilment", "cnt": 1}
PAPER: dict[str, tuple[E, ...]] = {
    "paper-start GET": (),
    "paper-letter.pdf POST": (E("paper.made", "unknown", obj="letter", body={"prefilled": False}),),
    "admin:paper GET": (
        E("admin.viewed", "staff/staff", obj="page", purpose="fulfilment", cnt=1, body={"page": "paper"}),
    ),
    "admin:paper-enter GET": (),
    "admin:paper-enter POST": (
        E("approval.requested", **_DESK, obj="approval", body={"of": "paper.consent"}),
        E("paper.entered", **_DESK, obj="letter"),
    ),
    "admin:paper-entry GET": (E("paper.read", **_DESK, **_READ, body={"why": "to compare it"}),),
    "admin:paper-scan POST": (E("paper.read", **_DESK, **_READ, body={"why": "to compare it"}),),
    "admin:paper-entry POST": (
        E("paper.read", "staff/operator", "him", **_READ, body={"why": "to approve it"}),
        E("approval.given", "staff/operator", "him", obj="approval", body={"of": "paper.consent"}),
        E("consent.granted", "staff/operator", "him", purpose="rate_comparison", body={"how": "paper"}),
        E("approval.executed", "staff/operator", "him", obj="approval", body={"of": "paper.consent"}),
    ),
    "admin:paper-notice POST": (
        E("mail.read", **_DESK, obj="mail", purpose="fulfilment", cnt=1, body={"template": "receipt"}),
    ),
    "admin:paper-posted POST": (E("notice.sent", **_DESK, obj="notice", body={"by": "post"}),),
}
