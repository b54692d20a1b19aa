"""What takes a name or a number of one organisation for another's, where no id of it stands in an address."""

import uuid
from collections.abc import Iterator

from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.parties.models import Organisation, Role, User
from broker.parties.staff import create_user
from broker.terms import SERVICE
from consents.models import Consent
from requests_app.models import DataRequest
from requests_app.recipients import batch, joining, review_views
from requests_app.recipients.models import SignUp
from tests.authz.asking import Asker
from tests.authz.paths import places

TESTS = SERVICE("tests")


def mixed_up(asker: Asker) -> Iterator[str]:
    """Look at the numbers on a home page, in whose name people ask, and whose contact gets word of a sign-in."""
    asker.restore()
    yield from _numbers(asker)
    yield from _in_whose_name()
    yield from _whose_contact(asker)
    asker.restore()


def _numbers(asker: Asker) -> Iterator[str]:
    (home,) = [each for each in places() if each.name == "recipient"]
    for actor, slug in (("analyst", "acme"), ("rival", "rival")):
        assert asker.ask(home, "GET", actor) == "ok"
        text, house = asker.body.decode(), Organisation.objects.get(slug=slug)
        consents = Consent.objects.filter(recipient=house, state="active").count()
        requests = DataRequest.objects.filter(organisation=house).count()
        for line in (f"<p>{consents} in force. Each says", f"<p>{requests} so far."):
            yield "" if line in text else f"the home of {slug} does not say {line}"


def _in_whose_name() -> Iterator[str]:
    for slug in ("acme", "rival", "ended"):
        house = Organisation.objects.get(slug=slug)
        user = User.objects.filter(organisation=house).first()
        assert user is not None
        found = batch.application_of(house, user, now=timezone.now())
        yield "" if found.organisation_id == house.id else f"{slug} asks in another's name"


def _whose_contact(asker: Asker) -> Iterator[str]:
    """A person of one organisation is called as another one is in its addresses, and is not its contact."""
    acme, rival = (Organisation.objects.get(slug=each) for each in ("acme", "rival"))
    user = create_user("acme", "Ann Other", Role.ANALYST, password=None, actor=TESTS, organisation=rival)
    yield "" if review_views._not_yet_in(SignUp(organisation=acme)) is None else "a way in for another's person"
    with transaction.atomic():
        ref = log.append("recipient.answered", actor=TESTS, subject=uuid.UUID(asker.shared.own["sign_up"]), body={})
        SignUp.objects.filter(id=asker.shared.own["sign_up"]).update(
            state="enrolled",
            answered_at=timezone.now(),
            approval=uuid.uuid4(),
            organisation=acme,
            audit_event_id=ref.id,
        )
    yield "" if joining.for_alerts(user, "a test") is None else "word of another's sign-in"
