"""Any usage file: what it is is told by its content, never by its name; an unknown layout is imported not at all."""

from typing import Any

from broker.importers import green_button, smarthub_csv
from broker.sandbox.wire import unpack

_BLANK = b"\xef\xbb\xbf \t\r\n"


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"data": packed bytes, "zone": the co-op's, "days": pairs or nothing}`; what `smarthub_csv.read` gives.

    Raises `Refused`: `file.unreadable` for what is broken, `file.layout_unknown` for what is not exactly as known,
    `file.roles_unproven` where the numbers do not prove what they are, `file.not_usage` where there are none.
    """
    is_markup = unpack(payload["data"]).lstrip(_BLANK)[:1] == b"<"
    return (green_button.read if is_markup else smarthub_csv.read)(payload)
