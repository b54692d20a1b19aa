"""What a pack says of the logs before the current one, each closed by a declared loss (rules)."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils import translation
from django.utils.translation import gettext as _

from broker.audit.canonical import Json
from broker.audit.encoding import b64
from broker.audit.packing import Held, Log

LANGUAGES = ("en", "es")
_WIDTH = 78


@dataclass(frozen=True)
class Part:
    """An earlier log, the name of the one that followed it, and how much of it a pack holds."""

    log: Log
    next: str
    entries: int
    unproved: int

    @property
    def size(self) -> int | None:
        """How many entries its signed state has; None where none of its states can be shown."""
        return self.log.signed.size if self.log.signed else None

    @property
    def root(self) -> str | None:
        """The root of that state."""
        return b64(self.log.signed.root) if self.log.signed else None

    def listed(self) -> dict[str, Json]:
        """Give what the manifest says of it."""
        return {
            "folder": self.log.folder,
            "origin": self.log.name,
            "next": self.next,
            "size": self.size,
            "root": self.root,
            "entries": self.entries,
            "unproved": self.unproved,
        }

    @property
    def told(self) -> list[tuple[str, str]]:
        """Say that there is an earlier log and what is here of it: a language and its words, for each."""
        out = []
        for language in LANGUAGES:
            with translation.override(language):
                out.append((language, " ".join(self._sentences())))
        return out

    @property
    def wrapped(self) -> list[str]:
        """The same for a file of plain text."""
        return [
            textwrap.fill(words, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False)
            for _language, words in self.told
        ]

    def _sentences(self) -> Iterable[str]:
        named = {"name": self.log.name, "next": self.next, "entries": self.entries, "unproved": self.unproved}
        yield _("An earlier log exists: %(name)s.") % named
        yield (
            _("Part of it was lost: two people declared the loss, and the log went on as a new one, %(next)s.") % named
        )
        yield _("Entries of the earlier log in this pack: %(entries)s.") % named
        if self.log.signed is None:
            yield _("No signed state of that log fits what is left of it, so nothing of it is proved here.")
        elif self.unproved:
            yield _("Without a proof among them: %(unproved)s.") % named
            yield _("No signed state of that log covers these: they are given as we hold them.")
        yield _("What was lost is in neither log, and in no pack.")


def parts(logs: Sequence[Log], found: Sequence[Held]) -> tuple[Part, ...]:
    """Give the earlier ones of these logs, the oldest first, with how many of these events are theirs."""
    out = []
    for each, later in pairwise(logs):
        theirs = [event for event in found if event.origin == each.origin]
        out.append(Part(each, later.name, len(theirs), sum(event.seq is None for event in theirs)))
    return tuple(out)
