"""The log's next signing key, on the signer's side: prepared, then beside the old one for 90 days, then alone.

No step opens a database. Between `prepare` and `start` the new verifier key is announced in the log itself
(`admin.log_key`), and the checkpoint that covers the announcement is signed by the old key alone: whoever trusts the
old key learns of the new one from it. Each step can be interrupted anywhere and asked for again; the key file is
replaced whole, so that a signer starts from every state in between.
"""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from broker.audit import checkpoint, signer
from broker.audit.checkpoint import Verifier
from broker.audit.signer import KEY, VKEY, CannotSign, Desk

NEXT, BEGAN = "log.key.next", "rotation"
OVERLAP = timedelta(days=90)


def prepare(folder: Path) -> Verifier:
    """Make the next key, which signs nothing yet; asked again, give the same one. Raises `CannotSign`."""
    desk = Desk(folder)
    try:
        _demand_one(desk)
        if (folder / NEXT).exists():
            return _next(folder).verifier()
        made = checkpoint.Signer.new(desk.last.origin, secrets.token_bytes(32))
        signer.replace(folder / NEXT, made.encode() + "\n", 0o600)
        return made.verifier()
    finally:
        desk.close()


def start(folder: Path, *, announced: int, now: datetime) -> list[Verifier]:
    """Sign with both keys from now on; return the public keys, current first. Raises `CannotSign`.

    `announced` is the size of a published checkpoint that covers the announcement: the signer's last signature must
    have reached it.
    """
    desk = Desk(folder)
    try:
        new = _next(folder)
        if new.key_id not in [each.key_id for each in desk.signers]:
            _demand_one(desk)
            if not 0 < announced <= desk.last.size:
                raise CannotSign("the announcement does not stand in a signed checkpoint yet")
            signer.replace(folder / BEGAN, f"{new.key_id:08x} {int(now.timestamp())}\n", 0o600)
            # The public key first: no signature may come before its key can be known.
            public = [new.verifier(), *_public(folder, but=new.key_id)]
            signer.replace(folder / VKEY, "".join(each.encode() + "\n" for each in public), 0o644)
            signer.replace(folder / KEY, "".join(each.encode() + "\n" for each in [new, *desk.signers]), 0o600)
        (folder / NEXT).unlink()
        return _public(folder)
    finally:
        desk.close()


def retire(folder: Path, *, now: datetime) -> list[Verifier]:
    """End the old key, 90 days after the new one began; its public half stays, for what it has signed."""
    desk = Desk(folder)
    try:
        if len(desk.signers) != 2:
            raise CannotSign("no key is to be retired")
        if now < _began(folder, desk.signers[0].key_id) + OVERLAP:
            raise CannotSign("both keys sign for 90 days")
        signer.replace(folder / KEY, desk.signers[0].encode() + "\n", 0o600)
        (folder / BEGAN).unlink(missing_ok=True)
        return _public(folder)
    finally:
        desk.close()


def _demand_one(desk: Desk) -> None:
    if len(desk.signers) != 1:
        raise CannotSign("a rotation is under way: the old key is retired first")


def _next(folder: Path) -> checkpoint.Signer:
    try:
        return checkpoint.parse_skey((folder / NEXT).read_text("ascii").strip())
    except FileNotFoundError:
        raise CannotSign("no new key was prepared") from None


def _public(folder: Path, *, but: int | None = None) -> list[Verifier]:
    known = [checkpoint.parse_vkey(line) for line in (folder / VKEY).read_text("ascii").split()]
    return [each for each in known if each.key_id != but]


def _began(folder: Path, key_id: int) -> datetime:
    try:
        identity, _, at = (folder / BEGAN).read_text("ascii").strip().partition(" ")
    except FileNotFoundError:
        raise CannotSign("it is not known when the new key began") from None
    if identity != f"{key_id:08x}" or not at.isdigit():
        raise CannotSign("it is not known when the new key began")
    return datetime.fromtimestamp(int(at), UTC)
