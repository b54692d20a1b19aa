"""C2SP tlog-policy: which witnesses there are, where they are asked, and how many must have cosigned (rules)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from broker.audit import checkpoint, cosignature
from broker.audit.cosignature import Witness

NONE = "none"
RESERVED = frozenset({NONE, "all", "any"})
LIMIT = 64  # lines of each kind
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class BadPolicy(ValueError):
    """A policy that cannot be used; the message names the line's number, never its content."""


@dataclass(frozen=True)
class Group:
    """A group has witnessed when this many of its members have."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Logs by key, witnesses and groups by name, and the name that must have witnessed."""

    quorum: str
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    logs: tuple[checkpoint.Verifier, ...] = ()

    def satisfied(self, signed: Collection[str]) -> bool:
        """Say whether these witnesses (by their names here) are enough."""
        return self.quorum == NONE or self._witnessed(self.quorum, signed)

    def _witnessed(self, name: str, signed: Collection[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in signed
        return sum(self._witnessed(member, signed) for member in group.members) >= group.threshold

    def satisfied_by(self, note: str) -> bool:
        """Say whether the note bears enough cosignatures; a bad one of a known witness raises `BadNote`."""
        found = {each.witness for each in cosignature.cosignatures(note, self.witnesses.values())}
        return self.satisfied([name for name, witness in self.witnesses.items() if witness in found])


def parse(text: str) -> Policy:
    """Read a policy strictly. Raises `BadPolicy`."""
    reading = _Reading()
    for number, line in enumerate(text.split("\n"), start=1):
        if _FORBIDDEN.search(line):
            raise BadPolicy(f"line {number}: a control character")
        words = [word for word in re.split("[ \t]+", line) if word]
        comment = next((at for at, word in enumerate(words) if word.startswith("#")), len(words))
        if words := words[:comment]:
            try:
                reading.take(words)
            except (BadPolicy, checkpoint.BadNote) as wrong:
                raise BadPolicy(f"line {number}: {wrong}") from None
    return reading.finish()


class _Reading:
    """A policy as far as it has been read."""

    def __init__(self) -> None:
        self._quorum: str | None = None
        self._witnesses: dict[str, Witness] = {}
        self._urls: dict[str, str] = {}
        self._groups: dict[str, Group] = {}
        self._logs: list[checkpoint.Verifier] = []
        self._used: set[str] = set()

    def take(self, words: list[str]) -> None:
        """Take one line."""
        kind, *rest = words
        if kind == "log" and len(rest) in (1, 2):
            self._log(rest[0])
        elif kind == "witness" and len(rest) in (2, 3):
            self._witness(*rest)
        elif kind == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], rest[2:])
        elif kind == "quorum" and len(rest) == 1:
            self._take_quorum(rest[0])
        else:
            raise BadPolicy("not a line of a policy")

    def finish(self) -> Policy:
        """The whole policy."""
        if self._quorum is None:
            raise BadPolicy("no quorum")
        return Policy(self._quorum, self._witnesses, self._urls, self._groups, tuple(self._logs))

    def _log(self, vkey: str) -> None:
        key = checkpoint.parse_vkey(vkey)
        if len(self._logs) >= LIMIT or any(key.public == other.public for other in self._logs):
            raise BadPolicy("a log twice, or too many")
        self._logs.append(key)

    def _witness(self, name: str, vkey: str, url: str = "") -> None:
        self._define(name, len(self._witnesses))
        witness = cosignature.parse_vkey(vkey)
        if any(witness.public == other.public for other in self._witnesses.values()):
            raise BadPolicy("a witness twice")
        self._witnesses[name] = witness
        if url:
            self._urls[name] = url.rstrip("/")

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        self._define(name, len(self._groups))
        for member in members:
            if member not in self._witnesses and member not in self._groups:
                raise BadPolicy("a member that was not named before")
            if member in self._used:
                raise BadPolicy("a member of two groups")
            self._used.add(member)
        enough = {"any": "1", "all": str(len(members))}.get(threshold, threshold)
        if re.fullmatch("[1-9][0-9]{0,3}", enough) is None or int(enough) > len(members):
            raise BadPolicy("a threshold that cannot be met, or none")
        self._groups[name] = Group(int(enough), tuple(members))

    def _define(self, name: str, so_many: int) -> None:
        if name in RESERVED or name in self._witnesses or name in self._groups or so_many >= LIMIT:
            raise BadPolicy("a name twice, a reserved name, or too many")

    def _take_quorum(self, name: str) -> None:
        if self._quorum is not None or (name != NONE and name not in self._witnesses and name not in self._groups):
            raise BadPolicy("a second quorum, or one that was not named before")
        self._quorum = name
