"""What the pages of holds and destruction leave in the log."""

from datetime import UTC, datetime
from typing import Any

from tests.completeness.watch import E

YEAR = datetime.now(UTC).year  # of today's keys
_OFFICER = "staff/officer"
_HOLD: dict[str, Any] = {"obj": "hold", "purpose": "legal_obligation", "body": {"hold": "{hold}"}}
_DUE = E("disposal.listed", _OFFICER, obj="disposal", purpose="legal_obligation", cnt=1, body={"page": "retention"})


def _listed(page: str, cnt: int) -> E:
    return E("hold.listed", _OFFICER, obj="hold", purpose="legal_obligation", cnt=cnt, body={"page": page})


def _asked(rule: str, scope: str) -> E:
    what = {"class": "case", "period": YEAR, "scope": scope, "rule": rule}
    return E("approval.requested", _OFFICER, "her", obj="approval", body={"of": "key.shred", "params": what})


HOLDS: dict[str, tuple[E, ...]] = {
    "console-holds GET": (_listed("holds", 0),),
    "console-hold-place POST wrong": (_listed("holds", 0),),
    "console-hold-place POST": (E("hold.placed", _OFFICER, **_HOLD),),
    "console-hold GET": (_listed("hold", 1),),
    # Under the hold's own key: an order may forbid that she learns of it.
    "console-hold-reason POST": (E("hold.read", _OFFICER, "hold", cnt=1, **_HOLD),),
    # A form with a fault shows the page again.
    "console-hold-review POST wrong": (_listed("hold", 1),),
    "console-hold-release POST wrong": (_listed("hold", 1),),
    "console-hold-review POST": (E("hold.reviewed", _OFFICER, **_HOLD),),
    "console-hold-release POST": (
        E("approval.requested", _OFFICER, obj="approval", body={"of": "key.release", "about": "{hold}"}),
    ),
    "console-erase POST held": (E("hold.refused", _OFFICER, res="denied", obj="hold", body={"scope": "everything"}),),
    "console-erase POST": (_asked("erasure_request", "everything"),),
    "console-retention GET": (_DUE,),
    "console-retention-ask POST": (_asked("retention", "records"),),
    "console-certificate GET early": (),
    "console-certificate GET": (
        E(
            "disposal.certified",
            _OFFICER,
            "her",
            obj="disposal",
            purpose="legal_obligation",
            body={"disposal": "{disposal}"},
        ),
    ),
}
