"""What a rehearsal database holds before the play: one recipient, its application, five people who sign in."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from broker.audit import log
from broker.db import installation
from broker.parties import canary
from broker.parties.directory import enrol_organisation
from broker.parties.keys import create_application
from broker.parties.models import Application, Organisation, Role, User
from broker.parties.staff import create_user
from broker.terms import SERVICE

ACTOR = SERVICE("rehearsal")

# Each act that needs two people finds both here: the officer asks and the approver decides; the staff enter a letter
# that was signed on paper, and the operator compares it.
PEOPLE = (
    ("staff", Role.STAFF, "Rehearsal staff"),
    ("operator", Role.OPERATOR, "Rehearsal operator"),
    ("officer", Role.OFFICER, "Rehearsal officer"),
    ("approver", Role.APPROVER, "Rehearsal approver"),
    ("analyst", Role.ANALYST, "Rehearsal analyst"),  # of the recipient
)


@dataclass(frozen=True)
class Seeded:
    """What the play and a person need to get in; all of it random and worthless outside this rehearsal."""

    slug: str
    api_key: str
    logins: dict[str, str]


def new_logins() -> dict[str, str]:
    """Make random passwords for the rehearsal people."""
    return {name: secrets.token_urlsafe(15) for name, _, _ in PEOPLE}


def seed(*, logins: dict[str, str], now: datetime) -> Seeded:
    """Fill a rehearsal database; refuses any other."""
    if installation.mode() != "rehearsal":
        raise RuntimeError("only a rehearsal database is seeded")
    organisation = Organisation.objects.filter(slug="prairie-rates").first() or enrol_organisation(
        "prairie-rates",
        "Prairie Rate Advisors (rehearsal)",
        actor=ACTOR,
        now=now,
        address="1 Rehearsal Road, Example, MO 00000",
        contact_email="inbox@recipient.example",
        phone="555-0100",
        about="Compares electric rates for farms and homes. This organisation is made up for the rehearsal.",
        about_es="Compara tarifas eléctricas para granjas y hogares. Esta organización es inventada para el ensayo.",
    )
    _, key = create_application(
        organisation, "Rate check", Application.Mode.TEST, expires_at=now + timedelta(days=90), actor=ACTOR, now=now
    )
    for username, role, name in PEOPLE:
        if not User.objects.filter(username=username).exists():
            of = {"organisation": organisation} if role is Role.ANALYST else {}
            create_user(username, name, role, password=None, actor=ACTOR, **of)
    canary.plant("obec", now=now)
    os.environ["REHEARSAL_LOGINS"] = ",".join(f"{name}:{word}" for name, word in logins.items())
    log.close_lanes()
    return Seeded(organisation.slug, key, logins)
