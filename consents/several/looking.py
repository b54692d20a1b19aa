"""A list while bills are read into it: what came of each, the time that is left, and what is let go (actions)."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from broker import vault
from broker.audit import log
from broker.parties.links import person
from broker.parties.mailbox import mailbox_of
from consents.models import Draft
from consents.several import listed
from consents.several.listed import Account, Dropped

BUDGET = 40.0  # seconds for what is sent at once: with the last bill's own time, an answer before the proxy gives up


@dataclass(frozen=True, repr=False)
class Given:
    """A file as she handed it over."""

    name: str
    data: bytes = field(repr=False)


@dataclass(repr=False)
class Looking:
    """A list while bills are read into it: the accounts by index, the files and the sealed bills so far."""

    draft: Draft
    name: str
    accounts: dict[str, Account]
    today: str
    now: datetime
    clock: Callable[[], float]  # seconds
    until: float
    files: list[Dropped] = field(default_factory=list)
    sealed: list[uuid.UUID] = field(default_factory=list)
    replaced: list[uuid.UUID] = field(default_factory=list)

    @cached_property
    def mailbox(self) -> str:
        """Give what tries are counted under: one for all ways to write an address. The opening is an event."""
        event = log.append_read(
            "draft.read",
            actor=person(self.draft.link),
            subject=self.draft.link_id,
            purpose="own_data",
            obj="link",
            body={"why": "tries of one mailbox"},
            cnt=1,
        )
        email = vault.open(self.draft.link.email, under=event)
        return vault.blind_index("email", mailbox_of(email)).hex()

    @property
    def is_late(self) -> bool:
        """Say whether the time for what was sent at once is over."""
        return self.clock() > self.until

    @property
    def state(self) -> dict[str, Any]:
        """Give the list as the draft keeps it; she has to go on anew."""
        return listed.write(self.accounts.values(), files=self.files)

    @property
    def told(self) -> dict[str, Any]:
        """Give what the entry of the save says: counts and codes, never a number or a name."""
        proven = sum(each.is_proven for each in self.accounts.values())
        codes = sorted({each.code for each in self.files if each.code})
        return {"files": len(self.files), "proven": proven, "failed": codes}

    def throw_away(self) -> None:
        """Delete the bills that were sealed, where the draft turned out to be over."""
        for each in self.sealed:
            vault.delete_bytes(each, for_a_time=True)

    def let_go(self) -> None:
        """Delete the bills that the list no longer holds, once it is saved."""
        for each in self.replaced:
            vault.delete_bytes(each, for_a_time=True)

    def put(self, row: Account) -> None:
        """Put a row into the list; a bill that it held before and holds no more is let go."""
        before = self.accounts[row.index].file
        if before and before != row.file:
            self.replaced.append(uuid.UUID(before))
        self.accounts[row.index] = row


def begin(
    draft: Draft,
    name: str,
    accounts: Sequence[Account],
    *,
    now: datetime,
    clock: Callable[[], float] = time.monotonic,
) -> Looking:
    """Begin to look at what belongs to a list; `name` as the bills have it, `clock` in seconds."""
    today = now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date().isoformat()
    return Looking(draft, name, {each.index: each for each in accounts}, today, now, clock, clock() + BUDGET)
