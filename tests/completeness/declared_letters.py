"""What the jobs around a signer's copy leave in the log."""

from typing import Any

from tests.completeness.watch import E

_HERS: dict[str, Any] = {"by": "service", "of": "her"}

LETTER_JOBS: dict[str, tuple[E, ...]] = {
    "receipt.returned": (
        E("letter.read", **_HERS, obj="letter", purpose="operations", cnt=1, body={"why": "the mailed copy came back"}),
        E("consent.suspended", **_HERS, body={"consent": "{consent}", "because": "copy_bounced"}),
        E("electronic.printed", **_HERS, body={"consent": "{consent}", "template": "receipt"}),
    ),
    "receipt.arrived": (E("consent.resumed", **_HERS, body={"consent": "{consent}", "lifted": ["copy_bounced"]}),),
}
