"""Webhooks as Nectar sends them, by Svix: signed, at least once, in any order."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Hook:
    """One message: the same id and body each time it is sent."""

    id: str
    body: bytes

    def headers(self, secret: str, at: datetime) -> dict[str, str]:
        """Sign it for one attempt at this time."""
        stamp = str(int(at.timestamp()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mac = hmac.digest(key, f"{self.id}.{stamp}.".encode() + self.body, "sha256")
        return {
            "svix-id": self.id,
            "svix-timestamp": stamp,
            "svix-signature": f"v1,{base64.b64encode(mac).decode()}",
        }


def hook(number: int, event: str, facts: Mapping[str, Any]) -> Hook:
    """Write a message about an object."""
    return Hook(f"msg_rehearsal{number:016}", json.dumps({"eventType": event, **facts}).encode())
