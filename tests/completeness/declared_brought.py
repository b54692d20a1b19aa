"""What files that a recipient brings, and the customer's answers about them, leave in the log."""

from typing import Any

from tests.completeness.watch import E

_ANA: dict[str, Any] = {"by": "staff/analyst"}
_WAITS = E("brought.waits", **_ANA, of="her", obj="share", body={"consent": "{consent}", "data_types": ["bill"]})
_OWN: dict[str, Any] = {"by": "customer", "of": "her", "obj": "share", "purpose": "own_data"}
_HERS: dict[str, Any] = {"by": "service", "of": "her", "obj": "share"}
_ADDRESS = E("parties.read", "service", "her", obj="customer", purpose="operations", cnt=1, body={"fields": ["email"]})
_DELETED = E("brought.deleted", **_HERS, body={"consent": "{consent}"})


def _shown(page: str, cnt: int) -> E:
    body = {"page": page, "organisation": "{organisation}"}
    return E("recipient.shown", **_ANA, obj="page", purpose="fulfilment", cnt=cnt, body=body)


BROUGHT: dict[str, tuple[E, ...]] = {
    "recipient-drops GET": (_shown("drops", 0),),
    "recipient-drops POST none": (_shown("drops", 0),),
    "recipient-drops POST": (
        E("brought.begun", **_ANA, obj="share", body={"organisation": "{organisation}"}),
        _WAITS,
        _WAITS,
        _WAITS,
        E("brought.refused", **_ANA, obj="share", res="denied", body={"codes": ["brought.unmatched"]}),
    ),
    "recipient-drop GET": (_shown("drop", 4),),
    "recipient-drop GET foreign": (E("auth.foreign", **_ANA, res="denied", body={"kind": "drop"}),),
    "my-brought GET": (E("brought.read", **_OWN, cnt=3, body={"part": "preview"}),),
    "my-brought POST": (
        E("brought.confirmed", **_OWN, body={"consent": "{consent}"}),
        E("brought.declined", **_OWN, body={"consent": "{consent}"}),
        E("alarm.brought", "customer", obj="share", cnt=1, body={"organisation": "{organisation}"}),
    ),
    "my-brought POST again": (),
    "my-brought POST foreign": (E("auth.foreign", "customer", res="denied", body={"kind": "brought_file"}),),
}
BROUGHT_JOBS: dict[str, tuple[E, ...]] = {
    "brought.ask": (_ADDRESS,),
    "brought.take": (
        E("brought.read", **_HERS, purpose="fulfilment", cnt=1, body={"part": "files"}),
        E("brought.taken", **_HERS, purpose="own_data", body={"consent": "{consent}", "data_types": ["bill"]}),
    ),
    "brought.take again": (),
    "brought.end": (_DELETED, _DELETED),
    "brought.end expired": (E("brought.ended", **_HERS, body={"how": "expired"}), _DELETED),
    "brought.told": (),  # to the recipient's contact; its sending is an event of the notice
}
