"""A software authenticator: makes passkeys and signs with them as a phone or a key would, behind a browser's back."""

import hashlib
import html
import json
import re
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
_OPTIONS = re.compile(r'data-passkey-options="([^"]*)"')


@dataclass
class Held:
    """A passkey as the authenticator holds it."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    site: str
    user: bytes
    counter: int = 0


@dataclass
class Authenticator:
    """Holds passkeys. `origin` is the site that its browser stands on; `verifies` says whether it knows its holder."""

    origin: str = "http://127.0.0.1:8000"
    verifies: bool = True
    counts: bool = True
    held: list[Held] = field(default_factory=list)

    def create(self, page: str) -> str:
        """Answer a page that asks for a new passkey: the value of its hidden field."""
        asked = self._asked(page)
        key = ec.generate_private_key(ec.SECP256R1())
        made = Held(secrets.token_bytes(32), key, asked["rp"]["id"], websafe_decode(asked["user"]["id"]))
        self.held.append(made)
        public = cbor.encode(dict(ES256.from_cryptography_key(key.public_key())))
        attested = bytes(16) + struct.pack(">H", len(made.id)) + made.id + public
        data = self._data(made, ATTESTED) + attested
        told = self._told("webauthn.create", asked["challenge"])
        statement = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        return self._said(made.id, {"clientDataJSON": told, "attestationObject": statement})

    def get(self, page: str) -> str:
        """Answer a page that asks for a touch, with the newest passkey."""
        asked, used = self._asked(page), self.held[-1]
        used.counter += 1 if self.counts else 0
        told, data = self._told("webauthn.get", asked["challenge"]), self._data(used)
        signed = used.key.sign(data + hashlib.sha256(told).digest(), ec.ECDSA(hashes.SHA256()))
        said = {"clientDataJSON": told, "authenticatorData": data, "signature": signed, "userHandle": used.user}
        return self._said(used.id, said)

    def _asked(self, page: str) -> dict[str, Any]:
        found = _OPTIONS.search(page)
        assert found, "the page asks for no passkey"
        return dict(json.loads(html.unescape(found[1]))["publicKey"])

    def _data(self, held: Held, more: int = 0) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(held.site.encode()).digest() + bytes([flags]) + struct.pack(">I", held.counter)

    def _told(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _said(self, key_id: bytes, response: dict[str, bytes]) -> str:
        packed = {name: websafe_encode(value) for name, value in response.items()}
        name = websafe_encode(key_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": packed})
