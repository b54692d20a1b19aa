"""A stop and a sending that meet: either nothing goes out, or it is marked as crossed with both times, and called back.

Acceptance test 26 of the letter's own list. Each case runs with real threads, each with its own connection.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from broker.channels.nectar import NectarChannel
from broker.jobs.models import Job
from broker.rehearsal.nectar import Nectar
from broker.terms import Actor
from consents import actions
from consents.stopping import seen
from consents.stopping.lifecycle import Kind
from consents.stopping.models import Stop, StopTarget
from requests_app.models import ManualRequest, NectarPull, Release
from requests_app.nectar.models import Company
from tests.integration.test_release import delivered, path_of
from tests.integration.test_share import bill, share
from tests.requests_world import World, coop, events, run_job, world


def together(*work: Callable[[], Any]) -> list[Any]:
    """Do several things at once, each in a thread of its own; give what each gave, or raised."""
    start, found = threading.Barrier(len(work)), [None] * len(work)

    def run(place: int) -> None:
        start.wait()
        try:
            found[place] = work[place]()
        except Exception as error:  # noqa: BLE001 - compared by the test
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(work))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def revoke(w: World) -> bool:
    return actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())


@pytest.fixture
def mailbox(tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings) as played:
        yield played


def settled(w: World, manual: ManualRequest, mailbox: Any) -> str:
    """Let the withdrawal run, then look what happened; nothing may go out afterwards but the one withdrawal."""
    for _ in range(2):
        if Job.objects.filter(kind="manual.withdraw", subject_id=manual.id, state="queued").exists():
            run_job("manual.withdraw", manual.id, now=timezone.now() + timedelta(minutes=1))
    subjects = [str(mailbox.mails.message(number)["Subject"]) for number in mailbox.mails.numbers()]
    letters = [each for each in subjects if "withdrawn" not in each and manual.number in each]
    back = [each for each in subjects if "withdrawn" in each]
    manual.refresh_from_db()
    assert manual.state == "withdrawn"
    row = StopTarget.objects.get(about=manual.id)
    if not letters:
        assert (row.kind, row.code, row.crossed_at, back) == ("jobs", "not_sent", None, [])
        return "not sent"
    assert (len(letters), len(back), row.kind) == (1, 1, "utility_request")
    assert subjects.index(letters[0]) < subjects.index(back[0])
    return "crossed" if row.crossed_at else "called back"


def test_a_stop_while_the_letter_is_on_the_wire_marks_it_crossed(committing: str, mailbox: Any) -> None:
    w = world()
    manual = w.manual()
    from requests_app import handing_over

    on_the_wire, stopped = threading.Event(), threading.Event()
    real = handing_over.ManualRequestChannel.hand_over

    def slow(self: Any, mailing: Any) -> Any:
        on_the_wire.set()
        assert stopped.wait(30)
        return real(self, mailing)

    def stop() -> bool:
        assert on_the_wire.wait(30)
        try:
            begun = time.monotonic()
            done = revoke(w)
            assert time.monotonic() - begun < 30  # it waits for no mail server
            run_job("manual.withdraw", manual.id)  # too early: the letter is still on its way
            return done
        finally:
            stopped.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handing_over.ManualRequestChannel, "hand_over", slow)
        sent, done = together(lambda: run_job("manual.send", manual.id), stop)
    assert (sent, done) == ("done", True)
    assert settled(w, manual, mailbox) == "crossed"
    row = StopTarget.objects.get(kind=Kind.UTILITY_REQUEST)
    assert row.crossed_at is not None
    assert row.crossed_at > Stop.objects.get().at
    found = seen.of(w.consent)
    assert found is not None
    line = next(each for each in found.lines if each.crossed_at)
    assert line.state == "done"
    assert float(line.crossed_after) > 0
    assert run_job("manual.send", manual.id) == "done"
    assert len(events("request.sent")) == 1


@pytest.mark.parametrize("lead", [0.0, 0.01, 0.03, 0.1])
def test_whoever_comes_first_the_letter_is_not_sent_or_it_is_called_back(
    committing: str, mailbox: Any, lead: float
) -> None:
    w = world()
    manual = w.manual()

    def stop() -> bool:
        time.sleep(lead)
        return revoke(w)

    sent, done = together(lambda: run_job("manual.send", manual.id), stop)
    assert done is True, (sent, done)
    assert settled(w, manual, mailbox) in {"not sent", "crossed", "called back"}
    ended = Stop.objects.get().at
    first = events("request.sent")
    row = StopTarget.objects.get(about=manual.id)
    assert bool(row.crossed_at) == bool(first and row.crossed_at)
    if row.crossed_at:
        assert row.crossed_at >= ended


def test_reads_and_the_stop_at_once_leave_no_read_uncounted(committing: str, mailbox: Any) -> None:
    w = world()
    path = path_of(delivered(w))
    over: list[float] = []
    late: list[int] = []

    def read() -> list[int]:
        codes = []
        for _ in range(12):
            begun = time.monotonic()
            code = w.get(path).status_code
            codes.append(code)
            if over and begun > over[0] and code == 200:
                late.append(code)
        return codes

    def stop() -> bool:
        time.sleep(0.2)
        done = revoke(w)
        over.append(time.monotonic())
        return done

    *codes, done = together(read, read, read, stop)
    assert done is True
    assert not late  # no read that began after the commit
    assert all(set(each) <= {200, 403} for each in codes), codes
    manual = ManualRequest.objects.get()
    run_job("manual.withdraw", manual.id)
    run_job("stopping.follow", w.consent.id)
    row = StopTarget.objects.filter(kind=Kind.EXPORTS).first()
    assert (row.count if row else 0) == Release.objects.values("file").distinct().count()


def test_a_bill_on_its_way_to_nectar_is_marked_and_deleted_there(committing: str, settings: Any) -> None:
    w = world()
    with Nectar(polls_until_done=0) as played:
        settings.NECTAR_URL, settings.NECTAR_API_KEY = played.url, played.api_key
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{played.port}"]
        share(w, "bill.pdf", bill(), to_nectar=True)
        pull = NectarPull.objects.get()
        real = NectarChannel.upload_document

        def meanwhile(self: Any, upload: Any) -> Any:
            sent = real(self, upload)
            together(lambda: revoke(w))
            return sent

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(NectarChannel, "upload_document", meanwhile)
            assert run_job("nectar.upload", pull.id) == "done"
        row = StopTarget.objects.get(kind=Kind.NECTAR)
        assert row.crossed_at is not None
        assert run_job("nectar.forget", Company.objects.get().id) == "done"
        assert not played.companies
    row.refresh_from_db()
    assert (row.state, row.code) == ("done", "deleted")


def test_two_stops_at_once_are_one(committing: str) -> None:
    w = world()
    assert sorted(together(lambda: revoke(w), lambda: revoke(w))) == [False, True]
    assert len(events("consent.revoked")) == 1


def test_a_stop_that_fails_half_way_stops_nothing_and_says_so(committing: str) -> None:
    w = world()
    from consents.stopping import record

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "_row", lambda *_a, **_k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            revoke(w)
    assert not Stop.objects.exists()
    assert not events("consent.revoked")
    with transaction.atomic():
        assert revoke(w)
