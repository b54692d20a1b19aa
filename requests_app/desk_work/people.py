"""The people of the desk, and who does whose work on a day (reads only)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from broker.parties.models import Role, User
from requests_app.desk_work import cover
from requests_app.desk_work.cover import Away
from requests_app.desk_work.models import Absence


@dataclass(frozen=True)
class Desk:
    """Everybody who ever worked at the desk, and who is away today."""

    people: dict[uuid.UUID, User]
    away: dict[uuid.UUID, Away]

    def name(self, person: uuid.UUID) -> str:
        """Give a person's name; of somebody who left, too."""
        known = self.people.get(person)
        return known.full_name if known else "somebody"

    def sees_to_it(self, person: uuid.UUID) -> uuid.UUID:
        """Give who does this person's work today."""
        return cover.sees_to_it(person, self.away)

    def whose(self, person: uuid.UUID) -> list[uuid.UUID]:
        """Give everybody whose work this person does today."""
        return [each for each in self.people if self.sees_to_it(each) == person]

    def says(self, person: uuid.UUID) -> str:
        """Say who sees to what a person has, and for whom."""
        now = self.sees_to_it(person)
        if now == person:
            return self.name(person)
        return f"{self.name(now)}, for {self.name(person)} (away until {self.away[person].last:%b %-d})"


def today(now: datetime) -> date:
    """Give the day at the desk: the one that every page shows."""
    return now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()


def working() -> QuerySet[User]:
    """Give the people to whom work can be given."""
    return User.objects.filter(is_active=True, role__in=[Role.STAFF, Role.OPERATOR]).order_by("full_name", "username")


def desk(now: datetime) -> Desk:
    """Give the desk as it is today."""
    everybody = User.objects.filter(role__in=[Role.STAFF, Role.OPERATOR])
    day = today(now)
    return Desk({each.id: each for each in everybody}, cover.away_on(known(Absence.objects.filter(last__gte=day)), day))


def known(rows: QuerySet[Absence]) -> Sequence[Away]:
    """Give absences that were not taken back."""
    found = rows.filter(taken_back_at=None).values_list("person_id", "cover_id", "first", "last")
    return [Away(*each) for each in found]
