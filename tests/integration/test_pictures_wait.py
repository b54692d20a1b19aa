"""A picture or a scan that she shares waits for a person on every way; to Nectar it goes after that, and once."""

import io
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone, translation

from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.rehearsal import paper
from broker.rehearsal.nectar import Nectar
from broker.terms import Actor, Refusal
from consents import actions, sharing
from requests_app import acceptance
from requests_app.acceptance import Choice
from requests_app.models import NectarPull, ReceivedFile
from requests_app.nectar import onward
from tests.integration.nectar_support import played, to_the_end
from tests.integration.test_share import bill, png, share
from tests.integration.test_unread_files import staff
from tests.pictures import jpeg
from tests.requests_world import World, events, world

OCTOBER = Choice("bill", date(2025, 10, 1), date(2025, 11, 1), by_eye=True, days_by_eye=True)
ASK: dict[str, Any] = {"data_types": ["bill"], "channel": "nectar", "to": "2025-12-01"}


def drawn(page: Any) -> None:
    """Draw a picture of one point over a page, and no word."""
    page.contents_add(b"q 200 0 0 200 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q")


def with_a_scan(pages_before: int = 0) -> bytes:
    """A bill that can be read, other pages with words, and a page that is a picture."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(bill())) as made, pikepdf.open(io.BytesIO(paper.pdf([[""]]))) as scan:
        with pikepdf.open(io.BytesIO(paper.pdf([["How to read your bill"]] * pages_before))) as more:
            made.pages.extend(more.pages)
        made.pages.extend(scan.pages)
        drawn(made.pages[-1])
        made.save(out)
    return out.getvalue()


UNREADABLE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "picture": ("bill.png", lambda: png(1000, 1400)),
    "photograph": ("bill.jpg", jpeg),
    "scan": ("bill.pdf", lambda: paper.pdf([[""]])),
    "scan behind a bill": ("bill.pdf", with_a_scan),
    "scan behind the pages that are read": ("bill.pdf", lambda: with_a_scan(22)),
}


@pytest.fixture
def nectar(settings: Any) -> Any:
    with played(settings, polls_until_done=1) as there:
        yield there


@pytest.fixture
def person() -> Actor:
    return Actor("s", uuid.uuid4(), role="staff")


def held(w: World, kind: str) -> ReceivedFile:
    name, made = UNREADABLE[kind]
    file = share(w, name, made(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    return file


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_no_program_can_read_waits_and_goes_nowhere(committing: str, nectar: Nectar, kind: str) -> None:
    w = world()
    asked = w.post(w.ask(**ASK)).json()
    file = held(w, kind)
    assert (file.state, file.verdict, file.channel, file.data_type) == ("quarantined", "file.no_words", "nectar", "")
    assert not NectarPull.objects.exists()
    assert not Job.objects.filter(kind="nectar.upload").exists()
    assert nectar.calls == []
    assert Notice.objects.filter(template="staff_alert").count() == 1
    found = w.get(f"data-requests/{asked['id']}").json()
    assert (found["state"], found["files"]) == ("waiting_on_customer", [])
    assert w.get(f"data-requests/{asked['id']}/files/{file.id}").status_code == 404


@pytest.mark.parametrize("kind", UNREADABLE)
def test_accepted_by_a_person_it_goes_to_nectar_once(committing: str, nectar: Nectar, kind: str, person: Actor) -> None:
    w = world()
    asked = w.post(w.ask(**ASK)).json()
    file, now = held(w, kind), timezone.now()
    unseen = acceptance.accept(file, Choice("bill", OCTOBER.start, OCTOBER.end), actor=person, now=now)
    assert unseen in (Refusal("file.account_unread"), Refusal("file.days_unread"))
    assert not NectarPull.objects.exists()
    taken = acceptance.accept(file, OCTOBER, actor=person, now=now)
    assert isinstance(taken, ReceivedFile)
    assert (taken.state, taken.data_type) == ("accepted", "bill")
    pull = NectarPull.objects.get(file=file)
    [accepted] = events("file.accepted")
    assert pull.audit_event_id == taken.audit_event_id == accepted.id
    assert w.get(f"data-requests/{asked['id']}").json()["state"] == "in_progress"
    assert acceptance.accept(file, OCTOBER, actor=person, now=now) == Refusal("state.conflict")
    assert Job.objects.filter(kind="nectar.upload").count() == 1
    to_the_end(pull)
    assert len(events("nectar.uploaded")) == len(nectar.jobs) == 1
    found = w.get(f"data-requests/{asked['id']}").json()
    assert [each["id"] for each in found["files"]] == [str(file.id)]
    assert w.get(f"data-requests/{asked['id']}/files/{file.id}").status_code == 200


@pytest.mark.parametrize("kind", ["picture", "scan"])
def test_rejected_by_a_person_it_never_goes(committing: str, nectar: Nectar, kind: str, person: Actor) -> None:
    w = world()
    asked = w.post(w.ask(**ASK)).json()
    file, now = held(w, kind), timezone.now()
    assert isinstance(acceptance.reject(file, actor=person, now=now), ReceivedFile)
    assert acceptance.accept(file, OCTOBER, actor=person, now=now) == Refusal("state.conflict")
    again = held(w, kind)  # the same bytes are the same file
    assert (again.id, again.state) == (file.id, "rejected")
    assert not NectarPull.objects.exists()
    assert nectar.calls == []
    assert w.get(f"data-requests/{asked['id']}").json()["files"] == []
    assert w.get(f"data-requests/{asked['id']}/files/{file.id}").status_code == 404


def test_cut_off_between_its_acceptance_and_its_job_it_is_not_accepted(
    committing: str, nectar: Nectar, person: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, now = held(world(), "picture"), timezone.now()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(onward, "send_on", killed)
        with pytest.raises(KeyboardInterrupt):
            acceptance.accept(file, OCTOBER, actor=person, now=now)
    file.refresh_from_db()
    assert (file.state, events("file.accepted")) == ("quarantined", [])
    assert isinstance(acceptance.accept(file, OCTOBER, actor=person, now=now), ReceivedFile)
    assert Job.objects.filter(kind="nectar.upload", subject_id=NectarPull.objects.get().id).count() == 1


def test_a_permission_that_ended_after_its_acceptance_keeps_it_here(
    committing: str, nectar: Nectar, person: Actor
) -> None:
    w = world()
    acceptance.accept(held(w, "picture"), OCTOBER, actor=person, now=timezone.now())
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    pull = to_the_end(NectarPull.objects.get())
    assert (pull.state, nectar.calls) == ("cancelled", [])


def test_what_did_not_come_for_nectar_does_not_go_there(committing: str, person: Actor) -> None:
    file = share(world(onward_recipients=[]), "bill.png", png(1000, 1400))
    assert isinstance(file, ReceivedFile)
    assert isinstance(acceptance.accept(file, OCTOBER, actor=person, now=timezone.now()), ReceivedFile)
    assert not NectarPull.objects.exists()


def test_staff_reads_why_it_waits_and_that_it_goes_on(committing: str, nectar: Nectar) -> None:
    client, path = staff(), reverse("admin:file", args=[held(world(), "picture").id])
    page = client.get(path).content.decode()
    assert "in letters that no program can tell: none read it for passwords" in page
    assert "accepting it sends it there" in page
    said = {"decision": "accept", "data_type": "bill", "first_day": "2025-10-01", "last_day": "2025-10-31"}
    assert client.post(path, said).status_code == 422
    assert not NectarPull.objects.exists()
    client.post(path, {**said, "by_eye": "on"})
    assert NectarPull.objects.count() == 1
    page = client.get(path).content.decode()
    assert "no program read it for passwords" not in page
    assert "on its way" in page


def test_pages_without_anything_on_them_hold_nothing_up(committing: str) -> None:
    with pikepdf.open(io.BytesIO(bill())) as made:
        made.add_blank_page()
        made.save(out := io.BytesIO())
    file = share(world(), "bill.pdf", out.getvalue(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    assert (file.state, NectarPull.objects.count()) == ("accepted", 1)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "A person looks at it first, then it goes on."),
        ("es", "Primero lo mira una persona; después sigue su camino."),
    ],
)
def test_she_is_told_that_a_person_looks_first(committing: str, language: str, words: str) -> None:
    w = world()
    with translation.override(language):
        answer = sharing.share(
            w.consent, "bill.png", png(1000, 1400), actor=Actor("c", w.customer.id), now=timezone.now()
        )
    assert answer.ok
    assert words in answer.text
