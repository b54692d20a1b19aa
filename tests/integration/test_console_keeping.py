"""What officers keep and send out: views and alerts, acknowledgements, exports, reviews; and the charts."""

import csv
import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from broker.audit import log, receipts, signer, timeline, verdict_file
from broker.audit.models import AuditEvent
from broker.console import acting, export, watch
from broker.console.models import ReviewRecord, SavedView, Seen, ViewAlert
from broker.jobs.models import Job
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.terms import Actor
from consents import actions
from requests_app.models import Decision, Release
from tests.integration.audit_support import integrate, say_verified
from tests.integration.console_support import desk, head_of, officer, refused, seen, w
from tests.packs_world import proven_world
from tests.requests_world import ACTOR, World, events, run_job

__all__ = ["desk", "w"]

# --- views and alerts ---------------------------------------------------------------------------------------------


def saved(client: Client, **filters: str) -> SavedView:
    data = {f"filter-{name}": value for name, value in filters.items()}
    client.post(reverse("console-view-save"), {"name": "Mine", "notify": "on", **data})
    return SavedView.objects.get()


@pytest.mark.parametrize("name", ["pat@member.example", "Account 40900017", "of 4090-0017 only", "tel 512 555 0101"])
def test_a_view_is_not_named_after_a_customer(w: World, name: str) -> None:
    client = officer()
    answer = client.post(reverse("console-view-save"), {"name": name, "filter-res": "denied"}, follow=True)
    assert "no e-mail address and no long number" in answer.content.decode()
    assert not SavedView.objects.exists()
    client.post(reverse("console-view-save"), {"name": "Since 2026-11-25, top 100", "filter-res": "denied"})
    assert SavedView.objects.get().name == "Since 2026-11-25, top 100"


def test_an_alert_arrives_once_and_opening_it_is_logged(w: World, desk: signer.Desk) -> None:
    refused(w)
    integrate(desk.answer)
    client = officer()
    view = saved(client, group="refusals", res="denied")
    assert (view.filters, view.notify) == ({"group": "refusals", "res": "denied"}, True)
    now = timezone.now()
    assert watch.look(view, now=now) == 0  # what was there before is not new
    new = refused(w)
    integrate(desk.answer)
    assert watch.look(view, now=now) == 1
    view.refresh_from_db()
    assert watch.look(view, now=now) == 0
    alert = ViewAlert.objects.get()
    assert alert.event == new
    for page in ("console", "console-views"):
        assert reverse("console-alert", args=[alert.id]) in client.get(reverse(page)).text
    answer = client.post(reverse("console-alert", args=[alert.id]))
    assert answer.url == reverse("console-event", args=[new])  # type: ignore[attr-defined]
    assert len(events("view.opened")) == 1
    assert reverse("console-alert", args=[alert.id]) not in client.get(reverse("console")).text


def test_the_watch_comes_again_until_the_view_is_removed(w: World, desk: signer.Desk) -> None:
    integrate(desk.answer)
    client = officer()
    view = saved(client, res="denied")
    assert run_job("console.watch", view.id) == "done"
    assert Job.objects.get(kind="console.watch", subject_id=view.id, state="queued").due_at > timezone.now()
    client.post(reverse("console-view-remove", args=[view.id]))
    view.refresh_from_db()
    assert view.removed_at is not None
    assert not Job.objects.filter(kind="console.watch", subject_id=view.id, state="queued").exists()


def test_a_view_of_another_officer_is_seen_where_it_is_shared_and_removed_by_nobody_else(w: World) -> None:
    other = create_user("other", "O. Ther", Role.OFFICER, password=None, actor=ACTOR)
    now = timezone.now()
    hidden = acting.save_view(other, "Hidden", {"res": "denied"}, shared=False, notify=False, now=now)
    shared = acting.save_view(other, "Shared", {"res": "error"}, shared=True, notify=False, now=now)
    with pytest.raises(acting.AlreadyDone):
        acting.save_view(other, "Shared", {}, shared=True, notify=False, now=now)
    User.objects.filter(id=other.id).update(role=Role.APPROVER)
    client = officer()
    page = client.get(reverse("console-views")).text
    assert ("Hidden" in page, "Shared" in page) == (False, True)
    for view in (hidden, shared):
        assert client.post(reverse("console-view-remove", args=[view.id])).status_code == 404


def test_filters_of_a_view_cannot_be_anything_else(w: World) -> None:
    client = officer()
    for data in ({"filter-name": "Pat"}, {"filter-act": "no.such"}):
        client.post(reverse("console-view-save"), {"name": "Mine", **data})
    assert not SavedView.objects.exists()


def test_reads_after_a_revocation_are_found_and_make_the_home_red(w: World, desk: signer.Desk) -> None:
    no = refused(w)
    request = Decision.objects.get(audit_event_id=no).request
    stopped = timezone.now() - timedelta(hours=1)
    assert actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=stopped)

    def released(at: datetime) -> int:
        with transaction.atomic():
            ref = log.append("data.read", actor=ACTOR, subject=w.customer.id, body={}, obj="data")
            Release.objects.create(
                request=request, consent=w.consent, application=w.application, what="file", at=at,
                audit_event_id=ref.id,
            )  # fmt: skip
        return ref.id

    released(stopped + timedelta(milliseconds=40))  # it began while the end was on its way to its commit
    integrate(desk.answer)
    assert "Reads after revocation" not in officer().get(reverse("console")).text
    after = {released(stopped + timedelta(milliseconds=1_001)), released(timezone.now())}
    integrate(desk.answer)
    client = officer()
    assert "Reads after revocation" in client.get(reverse("console")).text
    assert seen(client.get(reverse("console-log"), {"computed": "after_revocation"})) == after


# --- integrity and export -----------------------------------------------------------------------------------------


def exported(client: Client, kind: str, **filters: str) -> Any:
    data = {f"filter-{name}": value for name, value in filters.items()}
    return client.post(reverse("console-export"), {"kind": kind, "why": "a check", **data})


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def test_an_export_holds_what_the_filters_find_and_a_receipt_of_itself(w: World, desk: signer.Desk) -> None:
    yes = w.requested().decisions.get().audit_event_id
    no = refused(w)
    integrate(desk.answer)
    client = officer()
    found = json.loads(text_of(exported(client, "json", act="pull.decided")))
    assert ([int(each["event"]) for each in found["entries"]], found["count"]) == ([no, yes], 2)
    ref = events("log.exported")[-1]
    assert receipts.open_receipt(found["receipt"]).event_id == ref.id
    assert head_of(ref).cnt == 2
    rows = list(csv.reader(io.StringIO(text_of(exported(client, "csv", act="pull.decided")))))
    assert [row[1] for row in rows[1:-1]] == [str(no), str(yes)]
    assert rows[-1][0] == "receipt"
    receipts.open_receipt(rows[-1][1])


def test_no_cell_of_an_export_is_a_formula(w: World) -> None:
    for begin in "=+-@\t\r":
        assert next(csv.reader(io.StringIO(export._line([f"{begin}1+1"]))))[0].startswith("'")


def test_s56_a_red_log_stops_exports_until_an_officer_has_acknowledged_it(w: World, desk: signer.Desk) -> None:
    integrate(desk.answer)
    client = officer()
    say_verified(ok=False, size=3, first_bad=2, kind="entry")
    home = client.get(reverse("console")).text
    assert "banner--red" in home
    assert "I have seen this" in home
    assert exported(client, "csv").status_code == 302
    assert events("log.exported") == []
    client.post(reverse("console-acknowledge"))
    assert len(events("log.acknowledged")) == 1
    assert exported(client, "csv").status_code == 200
    say_verified(ok=False, size=3, first_bad=1, kind="entry")
    assert exported(client, "csv").status_code == 302  # another finding


def test_verify_again_is_an_event_and_a_job_that_verifies(committing: str, desk: signer.Desk) -> None:
    proven_world()
    integrate(desk.answer)
    officer().post(reverse("console-verify"))
    assert len(events("log.verify_asked")) == 1
    assert run_job("console.verify", Job.objects.get(kind="console.verify").subject_id) == "done"
    verdict = verdict_file.last()
    assert verdict is not None
    assert verdict.ok


def test_the_proof_of_the_banner_is_the_newest_checkpoint(w: World, desk: signer.Desk) -> None:
    client = officer()
    assert client.get(reverse("console-proof")).status_code == 404
    size = integrate(desk.answer)
    assert client.get(reverse("console-proof")).text.startswith(f"broker.localhost/audit/tests\n{size}\n")


def test_an_alarm_stands_on_the_home_until_somebody_has_seen_it(w: World) -> None:
    ref = log.append("alarm.canary", actor=ACTOR, subject=None, body={}, res="error")
    client, path = officer(), reverse("console-alarm-seen", args=[ref.id])
    assert path in client.get(reverse("console")).text
    client.post(path)
    client.post(path)
    assert Seen.objects.get().event == ref.id
    assert path not in client.get(reverse("console")).text
    assert client.post(reverse("console-alarm-seen", args=[refused(w)])).status_code == 404


# --- review, charts -----------------------------------------------------------------------------------------------


def test_no_review_is_missing_of_days_before_the_first_event(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr("broker.audit.timeline.first_ts", lambda: int(tomorrow.timestamp() * 1_000_000))
    assert "Review missing" not in officer().get(reverse("console")).text


def test_the_first_event_is_the_oldest(w: World, desk: signer.Desk) -> None:
    integrate(desk.answer)
    assert timeline.first_ts() == min(head_of(each).ts for each in AuditEvent.objects.all())


def test_a_missing_review_is_red_until_it_is_recorded_once(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broker.audit.timeline.first_ts", lambda: 0)
    client = officer()
    assert "Review missing" in client.get(reverse("console")).text
    for _ in range(8):
        missing = client.get(reverse("console-reviews")).context["missing"]
        if not missing:
            break
        client.post(reverse("console-reviews"), {"day": missing[0].isoformat(), "note": "Looked at all of it."})
    assert "Review missing" not in client.get(reverse("console")).text
    done = ReviewRecord.objects.order_by("day")[0]
    client.post(reverse("console-reviews"), {"day": done.day.isoformat(), "note": "Again."})
    assert ReviewRecord.objects.filter(day=done.day).count() == 1
    assert "Looked at all of it." in client.get(reverse("console-event", args=[done.audit_event_id])).text
    tomorrow = (timezone.now() + timedelta(days=2)).date().isoformat()
    assert client.post(reverse("console-reviews"), {"day": tomorrow, "note": "Early."}).status_code == 302
    assert client.post(reverse("console-reviews"), {"day": done.day.isoformat(), "note": ""}).status_code == 422


def test_the_database_keeps_reviews_notes_and_what_was_seen(w: World) -> None:
    user = User.objects.get(id=officer().session["_auth_user_id"])
    acting.review(user, date(2026, 3, 3), "x", refusals=0, alarms=0, now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        ReviewRecord.objects.update(refusals=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        ReviewRecord.objects.all().delete()


def test_charts_say_what_the_tables_say(w: World, desk: signer.Desk) -> None:
    w.requested()
    no = refused(w)
    integrate(desk.answer)
    context = officer().get(reverse("console-charts")).context
    today = context["days"][-1]
    assert (today.ok, today.denied, today.error) == (1, 1, 0)
    assert len(context["days"]) == 30
    assert context["reasons"][0][0] == Decision.objects.get(audit_event_id=no).codes[0]
    assert len(context["access_chart"].rects) == 2
