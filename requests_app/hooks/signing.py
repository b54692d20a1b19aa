"""Keys and signatures of messages, by the Standard Webhooks specification (rules)."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from standardwebhooks import Webhook

KEY_BYTES = 32  # the specification asks for 24 to 64
PREFIX = "whsec_"


def new_secret() -> str:
    """Make a key, as its owner gets it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def headers(message: str, at: datetime, body: bytes, keys: Sequence[str]) -> Mapping[str, str]:
    """Give the headers of one try: the message's id, the time of the try, and a signature by each key, newest first."""
    text = body.decode()
    return {
        "content-type": "application/json",
        "user-agent": "utility-data-broker (webhooks)",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(message, at, text) for key in keys),
    }
