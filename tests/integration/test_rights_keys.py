"""Keys in a review: those that open something, those made while it is open, and none in the place of a missed one."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from broker.console.rights import deciding
from broker.duties import bars
from broker.parties.models import Application
from requests_app.recipients import batch
from tests.integration.test_recipient_pages import KEY
from tests.integration.test_rights import State, Team
from tests.recipients_world import browser_of

NEW = "/recipient/keys/new/"


@pytest.fixture
def team(committing: str) -> Team:
    return Team()


def test_what_has_no_key_is_not_before_reviewers(team: Team) -> None:
    pages = batch.application_of(team.w.organisation, team.ana, now=timezone.now())
    review = team.begin()
    assert not review.items.filter(application=pages).exists()
    assert review.items.filter(application=team.w.application).exists()


def test_a_key_made_while_a_review_is_open_is_in_it(team: Team) -> None:
    review = team.begin()
    assert deciding.take(team.item(team.w.application).id, team.ada, "Not needed.", now=timezone.now()) == ""
    assert browser_of(team.ana).post(NEW, KEY).status_code == 200
    instead = Application.objects.get(name=KEY["name"])
    assert team.item(instead).state == State.WAITING
    batch.application_of(team.w.organisation, team.ana, now=timezone.now())
    team.keep(team.ana)
    team.close(review)
    assert team.item(instead).state == State.SUSPENDED
    assert not review.items.filter(application__operations=[]).exists()


def test_nobody_replaces_a_key_that_is_suspended_since_nobody_looked(team: Team) -> None:
    review, hers = team.begin(), browser_of(team.ana)
    team.keep(team.ana)
    team.close(review)
    hers.post(f"/recipient/keys/{team.w.application.id}/revoke/")  # to take it back helps nothing
    answer = hers.post(NEW, KEY)
    assert answer.status_code == 422
    assert "suspended since nobody reviewed it" in answer.content.decode()
    with pytest.raises(CommandError, match="suspended since nobody reviewed"):
        call_command("create_application", team.w.organisation.slug, name="Instead")
    assert not Application.objects.filter(name__in=[KEY["name"], "Instead"]).exists()
    for bar in bars.suspensions():
        if bar.application_id:
            assert bars.lift(bar, team.olga, "Needed.", now=review.ends_at + timedelta(minutes=1)) == ""
    assert hers.post(NEW, KEY).status_code == 200
