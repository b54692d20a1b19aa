"""A signed-in customer in a small world, and entries of all sorts about her."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from broker.audit import keys, log, store
from broker.audit.entry import parse_header
from broker.parties.models import User
from broker.terms import SERVICE, Actor, EventRef
from consents import access
from consents.session import CUSTOMER
from tests.requests_world import World, world

OTHER = "stranger@elsewhere.example"
SECRETS = (OTHER, "203.0.113.77", "SECRET-NOTE-91", "Marisol Stranger", "55500099", "77 Hidden Lane")


@dataclass
class Case:
    """The world, her browser, and people who work here."""

    world: World
    browser: Client = field(default_factory=Client)
    staff: dict[str, User] = field(default_factory=dict)

    @property
    def customer_id(self) -> uuid.UUID:
        """Whose page it is."""
        return self.world.customer.id

    def person(self, role: str) -> Actor:
        """Somebody of ours, as the log names them."""
        return Actor("s", self.user(role).id, role=role)

    def user(self, role: str) -> User:
        """A user of this role, made once."""
        if role not in self.staff:
            self.staff[role] = User.objects.create_user(f"{role}-one", full_name=f"Nobody Shown, {role}", role=role)
        return self.staff[role]

    def write(self, act: str, *, actor: Actor | None = None, **more: Any) -> EventRef:
        """Write an entry about her."""
        more.setdefault("body", {})
        return log.append(act, actor=actor or SERVICE("tests"), subject=self.customer_id, **more)

    def app(self) -> Actor:
        """The recipient's application, as the log names it."""
        return Actor("a", self.world.application.id, role="application")

    def rows(self) -> list[access.AccessRow]:
        """Her list, as the page gets it."""
        return access.access_rows(self.world.customer, now=timezone.now())

    def get(self, path: str = "/my/access/", status: int = 200, **query: Any) -> Any:
        """Open a page of hers."""
        answer = self.browser.get(path, query)
        assert answer.status_code == status, answer.content[:500]
        return answer


def case() -> Case:
    """Make the world and sign her in."""
    made = Case(world())
    sign_in(made.browser, made.world.customer.id)
    return made


def sign_in(browser: Client, customer: uuid.UUID) -> None:
    """Bind a browser to a customer, as the right code does."""
    kept = browser.session
    kept[CUSTOMER] = str(customer)
    kept.save()


def events_about(customer: uuid.UUID) -> dict[int, str]:
    """The log filtered by the customer: each event whose key is hers, with its act; read without opening anything."""
    found = store.rows(
        "SELECT id, header FROM audit_event WHERE kid IN "
        "(SELECT kid FROM audit_alias WHERE field = %s AND epoch = %s AND token = %s)",
        [keys.SUBJECT, keys.EPOCH, keys.subject_token(customer)],
    )
    return {event: parse_header(header).act for event, header in found}
