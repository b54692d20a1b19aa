"""The link of an ask: a single-purpose token, made from the ask's id and a key; only its hash is stored."""

import base64
import hmac
import uuid

from django.urls import reverse

from broker.parties.links import token_hash
from broker.vault import keyring
from consents.asking.models import ConsentAsk


def token_of(ask_id: uuid.UUID) -> str:
    """Give the token of an ask's link."""
    mac = hmac.digest(keyring.secret("ask-link"), ask_id.bytes, "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def link_of(ask_id: uuid.UUID) -> str:
    """Give the path of the customer's page."""
    return reverse("asked", args=[token_of(ask_id)])


def find(token: str) -> ConsentAsk | None:
    """Find the ask of this token, also one that is over; reading changes nothing, so a mail scanner may look."""
    return ConsentAsk.objects.select_related("organisation").filter(token_hash=token_hash(token)).first()
