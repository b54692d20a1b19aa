"""Our rows held against the sealed letter: a database that was altered after the sealing is not believed.

The sealed file never changes, so what it states is read once by each process, for ten minutes, and kept as keyed
hashes: a page takes milliseconds, and no name lies in memory for it.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping

from broker import sandbox, vault
from broker.terms import EventRef
from consents.checking import inside
from consents.loa.verify import CPU, WALL, judge
from consents.models import Consent, LetterFile, LetterOfAuthorization

KEPT, SECONDS = 2000, 600.0

_key = secrets.token_bytes(32)
_lock = threading.Lock()
_sealed: OrderedDict[bytes, tuple[float, dict[str, bytes] | str]] = OrderedDict()


def row_facts(letter: LetterOfAuthorization, consent: Consent, **opened: str) -> dict[str, str]:
    """Write what our rows state; `opened` are `name`, `signer`, `accounts`, or nothing where no one opened them."""
    facts = inside.stated(
        letter=letter.number,
        code=letter.verification_code,
        name="",
        signer="",
        accounts=(),
        recipient=consent.recipient.legal_name,
        data_types=consent.data_types,
        history=(consent.history_from, consent.history_to),
        future=consent.forward,
        term=(consent.starts, consent.ends),
        text=bytes(consent.text_sha256).hex(),
    )
    closed = {"name", "signer", "accounts"} - opened.keys()
    return {name: text for name, text in {**facts, **opened}.items() if name not in closed}


def state_differs(consent: Consent) -> tuple[str, ...]:
    """Say whether the state of a consent is not the one that its own history says it entered last."""
    last = consent.events.order_by("-id").values_list("state", flat=True).first()
    return () if last == consent.state else ("state",)


def differences(
    letter: LetterOfAuthorization, consent: Consent, facts: Mapping[str, str], *, under: EventRef
) -> tuple[str, ...]:
    """Name what the sealed letter states otherwise than our rows; `file` or `seal` where it proves nothing at all.

    The vault opens the file under this event, at most once in ten minutes.
    """
    delivered = letter.files.filter(kind=LetterFile.Kind.DELIVERED).first()
    if delivered is None:
        return () if consent.state == "signed" else ("file",)
    sealed = _remembered(bytes(delivered.sha256))
    if sealed is None:
        found = _read(delivered, under=under)
        sealed = found if isinstance(found, str) else _hashed(found)
        _remember(bytes(delivered.sha256), sealed)
    if isinstance(sealed, str):
        return (sealed,)
    return inside.differing(sealed, _hashed(facts))


def stated_in(data: bytes) -> dict[str, str] | None:
    """Give what a file states of itself; None where it carries no record."""
    try:
        found = sandbox.call("consents.checking.inside:read", {"pdf": sandbox.pack(data)}, wall=WALL, cpu=CPU)
    except sandbox.SandboxError:
        return None
    return {str(name): str(text) for name, text in found.items()}


def forget() -> None:
    """Forget what was read (tests)."""
    with _lock:
        _sealed.clear()


def _read(delivered: LetterFile, *, under: EventRef) -> dict[str, str] | str:
    data = vault.open_file(delivered.file, under=under)
    if hashlib.sha256(data).digest() != bytes(delivered.sha256):
        return "file"
    if not judge(data).genuine:
        return "seal"
    return stated_in(data) or "file"


def _remembered(sha256: bytes) -> dict[str, bytes] | str | None:
    with _lock:
        at, found = _sealed.get(sha256, (0.0, ""))
        return found if found and time.monotonic() - at < SECONDS else None


def _remember(sha256: bytes, found: dict[str, bytes] | str) -> None:
    with _lock:
        _sealed[sha256] = (time.monotonic(), found)
        while len(_sealed) > KEPT:
            _sealed.popitem(last=False)


def _hashed(facts: Mapping[str, str]) -> dict[str, bytes]:
    return {name: hmac.digest(_key, f"{name}|{text}".encode(), "sha256") for name, text in facts.items()}
