"""What one signing for many accounts leaves in the log, beside what any signing does."""

from typing import Any

from tests.completeness.watch import E

_OWN: dict[str, Any] = {"by": "customer", "purpose": "own_data"}
_DRAFT = E("draft.read", **_OWN, of="draft", obj="draft", cnt=1, body={"part": "fields"})
_BILLS: dict[str, Any] = {**_OWN, "of": "draft", "obj": "letter"}
_LETTER = E("draft.read", **_BILLS, cnt=1, body={"part": "file"})
_TRIES = E("draft.read", **_OWN, of="address", obj="link", cnt=1, body={"why": "tries of one mailbox"})

SEVERAL: dict[str, tuple[E, ...]] = {
    "share-accounts GET": (_DRAFT,),
    "share-accounts POST none": (_DRAFT, E("draft.saved", "customer", "draft", body={"step": "accounts"}), _DRAFT),
    "share-accounts POST bills": (
        _DRAFT,
        _TRIES,
        E(
            "draft.saved",
            "customer",
            "draft",
            body={"step": "accounts", "files": 4, "proven": 2, "failed": ["lacks", "name"]},
        ),
    ),
    "share-accounts POST typed": (
        _DRAFT,
        E("draft.read", **_BILLS, cnt=1, body={"part": "bills", "why": "what she typed of it"}),
        _TRIES,
        E("draft.saved", "customer", "draft", body={"step": "accounts", "files": 1, "proven": 3}),
    ),
    "share-accounts POST": (
        _DRAFT,
        E("draft.saved", "customer", "draft", body={"step": "accounts", "files": 0, "proven": 3}),
    ),
    "share-check POST": (
        _DRAFT,
        _LETTER,
        E("draft.read", **_OWN, of="draft", obj="draft", cnt=11, body={"part": "pages"}),
        E("draft.read", **_OWN, of="address", obj="link", cnt=1, body={"why": "signing"}),
        E("draft.read", **_BILLS, cnt=3, body={"part": "bills", "why": "signing"}),
        E("consent.granted", "customer", "her", purpose="rate_comparison", body={"accounts": 3}),
        E("identity.proven", "customer", "her", obj="account", body={"level": "L2", "how": "own_bill"}),
        E("ask.granted", "customer", "her", obj="contact"),
    ),
}
