"""The end at Nectar: collecting stopped, the company gone by Nectar's own list, for ever tried, and visible."""

from typing import Any

import pytest
from django.utils import timezone

from broker.jobs.models import Job
from broker.rehearsal.nectar import Nectar
from consents.stopping import seen
from consents.stopping.lifecycle import Kind
from consents.stopping.models import StopAlert, StopTarget
from requests_app.models import NectarPull
from requests_app.nectar.models import Company, Handing, Meter
from tests.integration.nectar_support import go, played, shared, to_the_end
from tests.integration.test_nectar_sending import other_consent, stop
from tests.requests_world import World, events, world


@pytest.fixture
def nectar(settings: Any) -> Any:
    with played(settings, polls_until_done=0) as server:
        yield server


def rows() -> dict[str, tuple[str, str, int]]:
    return {each.kind: (each.state, each.code, each.count) for each in StopTarget.objects.all()}


def test_collecting_and_company_are_two_lines_of_her_list_and_done_only_when_proven(
    committing: str, nectar: Nectar
) -> None:
    w = world()
    to_the_end(shared(w))
    stop(w)
    found = rows()
    assert found["nectar"] == ("waiting", "deleting", 1)
    assert found["nectar_tracking"] == ("waiting", "untracking", 1)
    company = Company.objects.get()
    assert company.state == "ending"
    nectar.deletions_shown = 2  # the answer came at once, the work goes on in the background
    assert go("nectar.forget", company.id) == "queued"
    assert [each["trackingStatus"] for each in nectar.accounts.values()] == ["DISABLED"]
    assert rows()["nectar"] == ("waiting", "deleting", 1)
    assert rows()["nectar_tracking"] == ("done", "untracked", 1)
    for hours in range(1, 6):
        go("nectar.forget", company.id, hours=3 * hours)
    assert rows()["nectar"] == ("done", "deleted", 1)
    assert nectar.companies == {}
    company.refresh_from_db()
    assert (company.state, company.ended_at is not None) == ("gone", True)
    assert (len(events("nectar.untracked")), len(events("nectar.deleted"))) == (1, 1)
    shown = seen.of(w.consent)
    assert shown is not None
    assert shown.waiting == 0


def test_s16_what_nectar_refuses_is_tried_for_ever_and_somebody_is_called(committing: str, nectar: Nectar) -> None:
    w = world()
    to_the_end(shared(w))
    stop(w)
    company = Company.objects.get()
    nectar.api_key = "another"  # every call is refused
    for hours in range(12):
        if Job.objects.filter(kind="nectar.forget", subject_id=company.id, state="queued").exists():
            go("nectar.forget", company.id, hours=6 * hours)
    assert Job.objects.filter(kind="nectar.forget", state="dead").exists()
    assert Job.objects.filter(kind="nectar.forget", state="queued").exists()
    assert StopAlert.objects.filter(target__kind=Kind.NECTAR, why="retries", closed_at=None).count() == 1
    assert rows()["nectar"][0] == "waiting"
    nectar.api_key = "rehearsal-key"
    go("nectar.forget", company.id, hours=200)
    assert rows()["nectar"] == ("done", "deleted", 1)


def test_a_meter_that_nectar_does_not_stop_holds_up_no_deletion(committing: str, nectar: Nectar) -> None:
    w = world()
    to_the_end(shared(w))
    stop(w)
    nectar.order("malformed", times=9, path="/meter")
    go("nectar.forget", Company.objects.get().id)
    assert nectar.companies == {}
    assert rows()["nectar_tracking"] == ("done", "untracked", 1)
    assert Meter.objects.get().stopped_at is None
    assert not events("nectar.untracked")


def test_another_consent_of_hers_goes_on_in_a_new_company(committing: str, nectar: Nectar) -> None:
    """The whole company goes; what the other consent had on its way goes out again, and is read there."""
    from requests_app.share import receive_share
    from tests.integration.test_share import bill

    w = world()
    first = to_the_end(shared(w))
    second = other_consent(w)
    other = World(w.organisation, w.application, w.key, w.customer, w.account, second)
    file = receive_share(second, w.account, "b.pdf", bill(), to_nectar=True, actor=_me(w), now=timezone.now())
    pull = NectarPull.objects.get(file=file)
    go("nectar.upload", pull.id)
    assert Company.objects.count() == 1
    stop(w)
    old = Company.objects.get()
    go("nectar.forget", old.id)
    pull.refresh_from_db()
    first.refresh_from_db()
    assert (first.state, pull.state, pull.company, pull.job) == ("done", "queued", "", "")
    assert to_the_end(pull).state == "done"
    assert Company.objects.exclude(id=old.id).get().state == "live"
    assert len(nectar.companies) == 1
    stop(other)
    assert {each.about for each in StopTarget.objects.filter(stop__consent=second, kind=Kind.NECTAR)} == {
        old.id,
        Company.objects.exclude(id=old.id).get().id,
    }


def test_while_the_company_ends_nothing_more_is_handed_over(committing: str, nectar: Nectar) -> None:
    from requests_app.share import receive_share
    from tests.integration.test_share import bill

    w = world()
    to_the_end(shared(w))
    second = other_consent(w)
    stop(w)
    file = receive_share(second, w.account, "b.pdf", bill(), to_nectar=True, actor=_me(w), now=timezone.now())
    pull = NectarPull.objects.get(file=file)
    assert go("nectar.upload", pull.id) == "queued"
    assert Handing.objects.filter(pull=pull).count() == 0
    go("nectar.forget", Company.objects.get().id)
    assert to_the_end(pull).state == "done"


def _me(w: World) -> Any:
    from broker.terms import Actor

    return Actor("c", w.customer.id)
