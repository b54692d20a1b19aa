"""Judging a file that somebody brings: taken apart in the sandbox, with this installation's roots.

For the public page and for the command; no database is asked.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from broker import sandbox
from consents.loa.judgement import Judgement, Trust
from consents.loa.trusting import trust

LARGEST = 5 * 1024 * 1024  # bytes; a letter with five archive stamps has about 300 kB
WALL, CPU = 20.0, 10  # seconds


def judge(data: bytes, *, now: datetime | None = None) -> Judgement:
    """Say what a file proves; never raises for what it holds. Without roots nothing is trusted."""
    if len(data) > LARGEST:
        return Judgement("unreadable")
    try:
        believed = trust()
    except (ImproperlyConfigured, OSError, ValueError):
        believed = Trust((), ())
    payload = {
        "pdf": sandbox.pack(data),
        "now": (now or timezone.now()).astimezone(UTC).isoformat(),
        **packed(believed),
    }
    try:
        return Judgement.from_json(sandbox.call("consents.loa.judging:inspect", payload, wall=WALL, cpu=CPU))
    except sandbox.SandboxError:
        return Judgement("unreadable")


def packed(believed: Trust) -> dict[str, Any]:
    """Give roots and lists as the sandbox takes them (DER)."""
    return {
        "roots": [sandbox.pack(each.dump()) for each in believed.roots],
        "tsa_roots": [sandbox.pack(each.dump()) for each in believed.tsa_roots],
        "crls": [sandbox.pack(each.dump()) for each in believed.crls],
    }
