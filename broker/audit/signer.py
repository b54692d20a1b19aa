"""The log's signer: its own process and user, no database; signs a size only if its last one is a prefix of it."""

import fcntl
import json
import logging
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from broker.audit import checkpoint, merkle
from broker.audit.checkpoint import Checkpoint, Verifier
from broker.audit.encoding import b64, unb64

KEY, LAST, VKEY, LOCK = "log.key", "last", "log.vkey", "lock"
MAX_LINE = 1_000_000
PATIENCE = 5.0  # seconds for one conversation

type Message = dict[str, object]

log = logging.getLogger(__name__)


class CannotSign(Exception):
    """The signer must not start: no key, no lock file, or another signer is running."""


def make_key(folder: Path, origin: str, *, former: Sequence[checkpoint.Verifier] = ()) -> checkpoint.Verifier:
    """Make the log's key and the first lock file (size 0); refuse where a key is, or a lock file that knows of more.

    The key comes last: without it nothing was ever signed from size 0, so what an interrupted run left is begun anew.
    `former` are the public keys of logs that were lost: published beside the new one, so that those stay verifiable.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    first = Checkpoint(origin, 0, merkle.EMPTY_ROOT).body()
    if (folder / KEY).exists() or not _is_only_begun(folder, first):
        raise CannotSign("there is a key or a lock file already; a new key of an old log is a rotation")
    signer = checkpoint.Signer.new(origin, secrets.token_bytes(32))
    replace(folder / LAST, first, 0o600)
    public = [signer.verifier(), *former]
    replace(folder / VKEY, "".join(each.encode() + "\n" for each in public), 0o644)
    replace(folder / KEY, signer.encode() + "\n", 0o600)
    return signer.verifier()


def _is_only_begun(folder: Path, first: str) -> bool:
    try:
        return (folder / LAST).read_text("ascii") == first
    except FileNotFoundError:
        return not (folder / VKEY).exists()
    except ValueError:
        return False


def replace(path: Path, text: str, mode: int) -> None:
    """Write a file whole or not at all, and be sure that it stays; root leaves it to the folder's owner."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)  # what an interrupted write has left, or somebody else has laid there
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask
        _give(file.fileno(), path.parent)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _give(fd: int, folder: Path) -> None:
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)


class Desk:
    """Holds the key and the lock file; answers one request at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._in_doubt = False  # a write of the lock file failed: what the disk holds is not known
        try:
            self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            _give(self._lock, folder)
        except OSError:
            raise CannotSign("there is no folder of the signer; make_log_key makes it") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            key = folder / KEY
            if key.stat().st_mode & 0o077:
                raise CannotSign("the signing key can be read by others")
            self.signers = [checkpoint.parse_skey(line) for line in key.read_text("ascii").split()]
            self.last = checkpoint.parse((folder / LAST).read_text("ascii"))
        except BlockingIOError:
            os.close(self._lock)
            raise CannotSign("another signer is running") from None
        except (FileNotFoundError, checkpoint.BadNote):
            # A missing lock file is never size 0: whoever removes it could have a second history signed.
            os.close(self._lock)
            raise CannotSign("the key or the lock file is missing or broken") from None
        except BaseException:
            os.close(self._lock)
            raise
        if not self.signers or any(each.name != self.last.origin for each in self.signers):
            self.close()
            raise CannotSign("the key belongs to another log than the lock file")

    def close(self) -> None:
        """Let another signer start."""
        os.close(self._lock)

    def answer(self, request: Message) -> Message:
        """Answer one request: the newest note, or a note for a larger tree that continues the last one.

        OSError where the lock file could not be written: nothing is signed until it can be.
        """
        if self._in_doubt:
            self.settle()
        if request == {"get": 1}:
            return {"note": self._note()}
        try:
            refusal = self._advance(request)
        except (ValueError, KeyError, TypeError):
            refusal = "malformed"
        if refusal is None:
            return {"note": self._note()}
        return {"error": refusal, "size": self.last.size, "root": b64(self.last.root)}

    def _verifiers(self) -> list[Verifier]:
        ours = [each.verifier() for each in self.signers]
        known = {each.key_id for each in ours}
        try:
            lines = (self._folder / VKEY).read_text("ascii").split()
        except FileNotFoundError:
            lines = []
        return [*ours, *(each for each in map(checkpoint.parse_vkey, lines) if each.key_id not in known)]

    def _note(self) -> str:
        return checkpoint.sign(self.last.body(), self.signers)

    def _advance(self, request: Message) -> str | None:
        if set(request) != {"size", "root", "proof", "note"}:
            return "malformed"
        size, proof, newest = request["size"], request["proof"], request["note"]
        root = unb64(_text(request["root"]))
        if type(size) is not int or not isinstance(proof, list) or len(root) != 32:
            return "malformed"
        if newest is not None and self._ahead(_text(newest)):
            return "lock file is behind"
        if size < self.last.size:
            return "smaller"
        if size == self.last.size:
            return None if root == self.last.root else "fork"
        try:
            hashes = [unb64(_text(each)) for each in proof]
            merkle.verify_consistency(self.last.size, size, hashes, self.last.root, root)
        except merkle.BadProof:
            return "fork"
        if not (self._folder / LAST).exists():
            return "lock file is missing"
        advanced = Checkpoint(self.last.origin, size, root)
        self._remember(advanced)
        return None

    def _remember(self, advanced: Checkpoint) -> None:
        """Write the lock file before anything is signed; a write that failed may yet stand on the disk."""
        self._in_doubt = True
        replace(self._folder / LAST, advanced.body(), 0o600)
        self.last, self._in_doubt = advanced, False

    def settle(self) -> None:
        """Take what the disk holds and make sure that it stays: after a failed write, whichever of the two it is.

        OSError where this process cannot write its lock file.
        """
        try:
            self._remember(checkpoint.parse((self._folder / LAST).read_text("ascii")))
        except checkpoint.BadNote:
            raise OSError("the lock file is broken") from None

    def _ahead(self, note: str) -> bool:
        """Say whether our own signature covers more, or something else, than the lock file knows.

        A key that has retired may have been the last to sign: its public half still opens what it signed.
        """
        shown = checkpoint.open_checkpoint(note, self._verifiers(), origin=self.last.origin)
        return shown.size > self.last.size or (shown.size == self.last.size and shown.root != self.last.root)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def listen(path: Path) -> socket.socket:
    """Open the Unix socket; an old socket file is replaced (the flock says that no other signer runs)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    path.chmod(0o660)
    server.listen(8)
    return server


def serve(desk: Desk, server: socket.socket, stopped: Callable[[], bool]) -> None:
    """Answer, one line of JSON each way, until told to stop."""
    server.settimeout(0.2)
    while not stopped():
        try:
            peer, _ = server.accept()
        except TimeoutError:
            continue
        with peer:
            peer.settimeout(PATIENCE)
            try:
                _converse(desk, peer)
            except (OSError, ValueError):
                log.warning("a conversation with the signer broke off")


def _converse(desk: Desk, peer: socket.socket) -> None:
    with peer.makefile("rwb") as stream:
        while line := stream.readline(MAX_LINE):
            request = json.loads(line)
            reply = desk.answer(request) if isinstance(request, dict) else {"error": "malformed"}
            stream.write(json.dumps(reply).encode() + b"\n")
            stream.flush()


def ask(path: Path, request: Message) -> Message:
    """Put one request to the signer behind this socket; OSError where there is none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(PATIENCE)
        peer.connect(str(path))
        with peer.makefile("rwb") as stream:
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
            line = stream.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        raise ConnectionError("the signer broke off")
    reply = json.loads(line)
    if not isinstance(reply, dict):
        raise ConnectionError("the signer answered with something else")
    return reply
