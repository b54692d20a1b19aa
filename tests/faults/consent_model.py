"""Which reads are allowed: the whole life of a permission, written once more and without the product's words."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(eq=False)
class Permission:
    """One permission, as a clerk would keep it on a card. Ends are exclusive."""

    starts: date
    ends: date
    types: frozenset[str]
    past: tuple[date, date]
    future: bool
    replaces: "Permission | None" = None
    needs_both: bool = False
    sealed: bool = False
    agreed: bool = False  # by the other holder
    entered: bool = False
    over: bool = False  # stopped, or replaced
    reasons: set[str] = field(default_factory=set)

    def settle(self) -> None:
        """Enter into force once sealed and agreed; what is in force ends what it replaces."""
        self.entered |= not self.over and (self.agreed or (self.sealed and not self.needs_both))
        if self.entered and not self.over and not self.reasons and self.replaces is not None:
            self.replaces.over = True

    def bind(self) -> None:
        """Both must agree from now on: what they have not agreed to waits for that, also where it is in force."""
        if not self.over and not self.agreed and not self.needs_both:
            self.needs_both = True
            self.reasons |= {"objection"} if self.entered else set()

    def lift(self, *, herself: bool) -> None:
        """She lifts dormancy and nothing else; staff lift everything else.

        What waits for the other holder's word waits for that alone.
        """
        gone = self.reasons & {"dormant"} if herself else self.reasons - {"dormant"}
        self.reasons -= gone - ({"objection"} if self.needs_both and not self.agreed else set())
        self.settle()

    def agree(self) -> None:
        """The other holder's word ends the waiting for it, too."""
        self.agreed = True
        self.reasons.discard("objection")
        self.settle()

    def last(self) -> date:
        """The first day that is over: the end, and never more than a year."""
        year = (self.starts.year + 1, self.starts.month, self.starts.day)
        return min(self.ends, date(*year) if self.starts.strftime("%m%d") != "0229" else date(year[0], 2, 28))

    def may_read(self, types: Collection[str], first: date, end: date, today: date) -> bool:
        """Say whether somebody may read these kinds of data of these days, today."""
        running = self.entered and not self.over and not self.reasons and self.starts <= today < self.last()
        days = [first + DAY * n for n in range((end - first).days)]
        covered = all(
            self.past[0] <= day < self.past[1] or (self.future and self.starts <= day < self.last()) for day in days
        )
        return running and covered and set(types) <= self.types
