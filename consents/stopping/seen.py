"""How far a stop is, in the words of its page and its receipt (reads only)."""

from dataclasses import dataclass
from datetime import date, datetime

from consents.models import Consent
from consents.stopping import words
from consents.stopping.lifecycle import Ended, Kind, Reached, ended_by
from consents.stopping.models import Stop, StopAlert, StopTarget

ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Line:
    """One target on the page."""

    name: str
    state: str
    word: str
    detail: str
    at: datetime | None
    crossed_at: datetime | None
    crossed_after: str  # seconds after the stop, with milliseconds: two that cross are close together
    due: date | None


@dataclass(frozen=True)
class Progress:
    """A stop with all its targets."""

    at: datetime
    received_at: datetime
    how: str
    by: Ended
    lines: tuple[Line, ...]
    waiting: int
    seconds: int | None  # from the stop to the last target that we could reach; None while one of those waits
    cannot: int
    nothing_left: bool  # no data was read under this consent, and nothing is anywhere else
    deletion_due: date | None  # the recipient's word is still missing

    @property
    def by_her(self) -> bool:
        """Say whether she ended it herself."""
        return self.by == Ended.HER

    @property
    def why(self) -> str:
        """Give whose doing the end was, in a sentence; nothing where it was hers."""
        return words.ended(self.by)

    @property
    def done(self) -> int:
        """Give how many targets are settled, of those that can be."""
        return self.reachable - self.waiting

    @property
    def reachable(self) -> int:
        """Give how many targets there are beside those that cannot be undone."""
        return len(self.lines) - self.cannot


def of(consent: Consent) -> Progress | None:
    """Give how far the stop of this consent is; None where it never ended, or ended before stops were followed."""
    stop = Stop.objects.filter(consent=consent).first()
    if stop is None:
        return None
    rows = sorted(stop.targets.all(), key=lambda row: (ORDER[Kind(row.kind)], row.label, str(row.about)))
    reachable = [row for row in rows if row.kind != Kind.DELETION]
    waiting = [row for row in reachable if row.state == Reached.WAITING]
    ends = [row.ended_at for row in reachable if row.state == Reached.DONE and row.ended_at]
    deletion = next((row for row in rows if row.kind == Kind.DELETION and row.state == Reached.WAITING), None)
    return Progress(
        at=stop.at,
        received_at=stop.received_at,
        how=stop.how,
        by=ended_by(stop.because, stop.how),
        lines=tuple(_line(row) for row in rows),
        waiting=sum(row.state == Reached.WAITING for row in rows),
        seconds=None if waiting or not ends else max(1, round((max(ends) - stop.at).total_seconds())),
        cannot=sum(row.state == Reached.CANNOT_UNDO for row in rows),
        nothing_left=all(row.kind in (Kind.ACCESS, Kind.LINKS, Kind.JOBS) for row in rows),
        deletion_due=deletion.due if deletion else None,
    )


def _line(row: StopTarget) -> Line:
    late = row.kind == Kind.DELETION and StopAlert.objects.filter(target=row, why="not_attested").exists()
    code = "overdue" if late and row.state == Reached.WAITING else row.code
    return Line(
        name=words.name(row.kind, row.label, row.count),
        state=row.state,
        word=words.state(row.state),
        detail=words.detail(code),
        at=row.ended_at,
        crossed_at=row.crossed_at,
        crossed_after=f"{(row.crossed_at - row.began_at).total_seconds():.3f}" if row.crossed_at else "",
        due=row.due,
    )
