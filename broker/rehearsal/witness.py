"""A witness for rehearsals and tests, by C2SP tlog-witness: written apart from our own reader of logs, on purpose.

`POST /add-checkpoint` · `GET /latest?origin=` · `POST /_orders {"fault": …}` · `GET /health`
Faults: `down` (HTTP 503), `slow`, `forged` (a line that it did not sign); an empty one ends the fault.
It cosigns a checkpoint only if it continues the last one that it cosigned, and remembers that one before it answers.
"""

import base64
import binascii
import hashlib
import json
import os
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from broker.rehearsal.serving import HttpServer, Reply, Request, parser, serve_until_told

NAME = "witness"
KEY_NAME = "rehearsal.example/witness"
SEED_FILE, STATE_FILE, POLICY_FILE = "witness.seed", "witness.state", "witness.policy"
FAULTS = ("", "down", "slow", "forged")
SLOW_SECONDS = 30.0
LARGEST_REQUEST, MOST_HASHES = 64 * 1024, 63
COSIGNATURE, ED25519 = 4, 1

Logs = Callable[[], Mapping[str, Sequence[str]]]  # the logs it knows: origin, and the vkeys that it trusts for it


class Refused(Exception):
    """A request that gets no cosignature."""

    def __init__(self, status: int, text: str, kind: str = "text/plain") -> None:
        super().__init__(text)
        self.reply = Reply(status, f"{text}\n".encode(), {"Content-Type": kind})


class Head(NamedTuple):
    """The last checkpoint that was cosigned for a log."""

    size: int
    root: bytes


class Submission(NamedTuple):
    """A request, taken apart."""

    old: int
    proof: list[bytes]
    body: bytes
    origin: str
    head: Head
    signatures: list[tuple[str, bytes]]


EMPTY = Head(0, hashlib.sha256(b"").digest())


class Witness:
    """The played witness; use it in a `with` block, or `start` and `stop` it."""

    def __init__(
        self, logs: Logs, folder: Path, *, port: int = 0, token: str = "", fault: str = "", name: str = KEY_NAME
    ) -> None:
        self.token, self.fault, self.name, self.asked = token, fault, name, 0
        self._logs, self._folder, self._lock = logs, folder, threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._key = Ed25519PrivateKey.from_private_bytes(_seed(folder / SEED_FILE))
        self._heads = _read_heads(folder / STATE_FILE)
        self.before_write: Callable[[Head], None] = lambda _head: None  # a test stalls a request here
        self._http, self._stopping = HttpServer(self._serve, port=port), threading.Event()
        self.url = self._http.url
        (folder / POLICY_FILE).write_text(f"witness rehearsal {self.vkey} {self.url}\nquorum rehearsal\n")

    @property
    def vkey(self) -> str:
        """Its public key."""
        public = bytes([COSIGNATURE]) + self._key.public_key().public_bytes_raw()
        return f"{self.name}+{_key_id(self.name, public).hex()}+{base64.b64encode(public).decode()}"

    def start(self) -> Self:
        """Begin to serve."""
        self._http.start()
        return self

    def stop(self) -> None:
        """Stop serving, also those who are kept waiting."""
        self._stopping.set()
        self._http.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def facts(self) -> dict[str, Any]:
        """Give the port and the public key."""
        return {"name": NAME, "http": self._http.port, "vkey": self.vkey}

    def head(self, origin: str) -> Head:
        """The last checkpoint that it cosigned for this log."""
        return self._heads.get(origin, EMPTY)

    def _serve(self, request: Request) -> Reply:
        if request.method == "GET":
            return self._get(request)
        if request.path == "/_orders":
            return self._order(request)
        if request.method != "POST" or request.path != "/add-checkpoint":
            return Reply(404, {"detail": "no such page"})
        self.asked += 1
        if self.fault == "down":
            return Reply(503, {"detail": "out of order"})
        if self.fault == "slow":
            self._stopping.wait(SLOW_SECONDS)
        try:
            return Reply(body=self._cosign(_submission(request.body)).encode(), headers={"Content-Type": "text/plain"})
        except Refused as refusal:
            return refusal.reply

    def _get(self, request: Request) -> Reply:
        if request.path == "/health":
            return Reply(body={"name": NAME, "token": self.token})
        if request.path == "/latest":
            return Reply(body={"size": self.head(request.first("origin")).size})
        return Reply(404, {"detail": "no such page"})

    def _order(self, request: Request) -> Reply:
        fault = request.given().get("fault")
        if fault not in FAULTS:
            return Reply(400, {"detail": "no such fault"})
        self.fault = fault
        return Reply(body={"fault": fault})

    def _cosign(self, asked: Submission) -> str:
        keys = self._logs().get(asked.origin)
        if keys is None:
            raise Refused(404, "unknown log")
        if not any(_signed(vkey, asked) for vkey in keys):
            raise Refused(403, "invalid signature")
        if asked.old > asked.head.size:
            raise Refused(400, "the old size is larger than the new one")
        latest = self.head(asked.origin)
        if asked.old != latest.size or (asked.head.size == latest.size and asked.head != latest and latest.size):
            raise _conflict(latest)
        if not _continues(latest, asked.head, asked.proof):
            raise Refused(422, "the consistency proof does not verify")
        self.before_write(asked.head)
        with self._lock:  # what was checked must still hold, and is on the disk before anybody hears of it
            if self.head(asked.origin) != latest:
                raise _conflict(self.head(asked.origin))
            heads = {**self._heads, asked.origin: asked.head}
            _write_heads(self._folder / STATE_FILE, heads)
            self._heads = heads
        return self._line(asked.body)

    def _line(self, body: bytes) -> str:
        now = int(time.time())
        signed = self._key.sign(b"cosignature/v1\ntime %d\n" % now + body)
        if self.fault == "forged":
            signed = bytes(64)
        public = bytes([COSIGNATURE]) + self._key.public_key().public_bytes_raw()
        line = base64.b64encode(_key_id(self.name, public) + now.to_bytes(8, "big") + signed).decode()
        return f"\u2014 {self.name} {line}\n"


def _conflict(latest: Head) -> Refused:
    return Refused(409, str(latest.size), "text/x.tlog.size")


def _submission(data: bytes) -> Submission:
    """Take a request apart, or refuse it."""
    try:
        if len(data) > LARGEST_REQUEST:
            raise ValueError
        head, note = data.split(b"\n\n", 1)
        first, *lines = head.decode("ascii").split("\n")
        old = re.fullmatch("old (0|[1-9][0-9]{0,18})", first)
        body, tail = note.rsplit(b"\n\n", 1)
        origin, size, root, *_extensions = (body + b"\n").decode().split("\n")
        if old is None or len(lines) > MOST_HASHES or re.fullmatch("0|[1-9][0-9]{0,18}", size) is None:
            raise ValueError
        proof, found = [_hash(line) for line in lines], [_signature(line) for line in tail.decode().splitlines()]
        return Submission(int(old[1]), proof, body + b"\n", origin, Head(int(size), _hash(root)), found)
    except (ValueError, TypeError):
        raise Refused(400, "not a submission") from None


def _hash(text: str) -> bytes:
    found = base64.b64decode(text, validate=True)
    if len(found) != 32:
        raise ValueError
    return found


def _signature(line: str) -> tuple[str, bytes]:
    dash, name, encoded = line.split(" ")
    data = base64.b64decode(encoded, validate=True)
    if dash != "\u2014" or len(data) < 5:
        raise ValueError
    return name, data


def _signed(vkey: str, asked: Submission) -> bool:
    name, identity, encoded = vkey.split("+", 2)
    public = base64.b64decode(encoded)
    if public[0] != ED25519:
        return False
    for signer, data in asked.signatures:
        if signer == name and data[:4] == binascii.unhexlify(identity):
            try:
                Ed25519PublicKey.from_public_bytes(public[1:]).verify(data[4:], asked.body)
            except InvalidSignature:
                return False
            return True
    return False


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]


def _continues(old: Head, new: Head, proof: Sequence[bytes]) -> bool:
    """Follow the recursion of RFC 6962 section 2.1.2 backwards: the last hash belongs to the outermost step."""
    if old.size == 0:
        return not proof and (new.size > 0 or new == EMPTY)
    if old.size == new.size:
        return not proof and old == new
    rest = list(proof)

    def roots(so_many: int, of: int, *, whole: bool) -> tuple[bytes, bytes]:
        if so_many == of:
            found = old.root if whole else rest.pop()
            return found, found
        left, other = 1 << ((of - 1).bit_length() - 1), rest.pop()
        if so_many <= left:
            before, after = roots(so_many, left, whole=whole)
            return before, _node(after, other)
        before, after = roots(so_many - left, of - left, whole=False)
        return _node(other, before), _node(other, after)

    try:
        return roots(old.size, new.size, whole=True) == (old.root, new.root) and not rest
    except IndexError:
        return False


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _seed(path: Path) -> bytes:
    if not path.exists():
        _write(path, secrets.token_hex(32))
    return bytes.fromhex(path.read_text())


def _read_heads(path: Path) -> dict[str, Head]:
    if not path.exists():
        return {}
    found = json.loads(path.read_text())
    return {origin: Head(size, bytes.fromhex(root)) for origin, (size, root) in found.items()}


def _write_heads(path: Path, heads: Mapping[str, Head]) -> None:
    _write(path, json.dumps({origin: [head.size, head.root.hex()] for origin, head in heads.items()}))


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, and be sure that it stays."""
    new = path.with_name(path.name + ".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.replace(path)


def main() -> None:
    """Run as a program."""
    options = parser(__doc__ or "")
    options.add_argument("--folder", type=Path, required=True, help="its key, its memory and its policy line")
    options.add_argument(
        "--log-vkey", type=Path, required=True, help="the log's keys, one a line, read at each request"
    )
    options.add_argument("--fault", choices=FAULTS, default="")
    given = options.parse_args()

    def logs() -> dict[str, list[str]]:
        known: dict[str, list[str]] = {}
        for vkey in given.log_vkey.read_text().split():
            known.setdefault(vkey.partition("+")[0], []).append(vkey)
        return known

    serve_until_told(Witness(logs, given.folder, port=given.port, token=given.token, fault=given.fault))


if __name__ == "__main__":
    main()
