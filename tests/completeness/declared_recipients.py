"""What a recipient's pages leave in the log."""

from typing import Any

from tests.completeness.watch import E

_ANA: dict[str, Any] = {"by": "staff/analyst"}
_READ = E("data.read", **_ANA, of="her", obj="data", purpose="rate_comparison", cnt=1, body={"request": "{request}"})


def _shown(page: str, cnt: int = 0) -> E:
    body = {"page": page, "organisation": "{organisation}"}
    return E("recipient.shown", **_ANA, obj="page", purpose="fulfilment", cnt=cnt, body=body)


RECIPIENT: dict[str, tuple[E, ...]] = {
    "recipient GET": (_shown("home"),),
    "recipient-keys GET": (_shown("keys", 1),),
    "recipient-key-new GET": (),
    "recipient-key-new POST": (
        E("parties.created", **_ANA, obj="application", body={"operations": ["data"], "data_types": ["bill"]}),
    ),
    "recipient-key GET": (_shown("key", 1),),
    "recipient-key-revoke POST": (E("auth.revoked", **_ANA, obj="application"),),
    "recipient-permissions GET": (_shown("permissions", 1),),
    "recipient-requests GET": (_shown("requests", 1),),
    "recipient-request GET": (_shown("request", 1),),
    "recipient-request GET foreign": (E("auth.foreign", **_ANA, res="denied", body={"kind": "request"}),),
    "recipient-data GET": (_READ,),
    "recipient-readings GET": (_READ,),
    "recipient-picture GET": (_READ,),
    "recipient-data GET refused": (
        E("data.read_refused", **_ANA, of="her", obj="data", purpose="rate_comparison", res="denied"),
    ),
}
