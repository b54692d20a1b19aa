"""Too much data: what the database refuses, what a hold keeps, what a cut leaves behind, a mail that is sent once."""

import io
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import sandbox, vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.channels.manual_request import ManualRequestChannel
from broker.console.holds import placing
from broker.console.holds.models import Disposal
from broker.importers import bill_cut
from broker.jobs import JobView
from broker.parties.models import Role
from broker.rehearsal import paper
from broker.sandbox.errors import Refused
from broker.terms import Actor, Refusal
from broker.transport import Delivery, DeliveryUnknown
from consents import actions
from requests_app.completeness import disposing
from requests_app.completeness.models import Cut, NoneSaid, OverDelivery, SurplusMail
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.receive import receive
from tests import bills
from tests.bills import ANNA
from tests.integration.holds_support import keep
from tests.integration.test_held_files import person, signed_in
from tests.requests_world import ACTOR, World, coop, reply, run_job, world

LATE = {"data_types": ["bill"], "from": "2025-01-01", "to": "2025-03-01"}


@pytest.fixture
def w(committing: str, settings: Any, tmp_path: Path) -> Iterator[World]:
    with coop(tmp_path, settings):
        yield world(history_from=date(2025, 1, 1), history_to=date(2026, 1, 1))


def came(w: World, *others: bytes) -> ReceivedFile:
    """A file with a bill of December 2024, which nobody shared, and January 2025."""
    manual = w.manual(**LATE)
    run_job("manual.send", manual.id)
    mail = bills.mail_with(reply(manual, csv=False), bills.year(date(2024, 12, 1), date(2025, 2, 1), *others))
    receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    file = ReceivedFile.objects.get()
    signed_in(Role.STAFF).get(f"/admin/files/{file.id}/")
    file.refresh_from_db()
    return file


def asked(incident: OverDelivery, disposition: str = "destroy") -> Approval:
    desk = person(Role.STAFF)
    made = disposing.ask(incident, disposition, requester=Actor("s", desk.id, role="staff"), now=timezone.now())
    assert isinstance(made, Approval)
    return made


def agreed(approval: Approval) -> None:
    boss = person(Role.OFFICER)
    decide.approve(approval.id, approver=Actor("s", boss.id, role="officer"), now=timezone.now())


def refused(model: Any, row: Any, **facts: Any) -> bool:
    """Say whether the database itself refuses an edit past the product."""
    try:
        with transaction.atomic():
            ref = log.append("file.accepted", actor=ACTOR, subject=None, obj="received_file", body={})
            model.objects.filter(pk=row.pk).update(**facts, audit_event_id=ref.id)
            transaction.set_rollback(True)
    except DatabaseError as error:
        return "evidence" in str(error) or "permission denied" in str(error)
    return False


def test_the_database_keeps_what_was_too_much_sealed_and_takes_no_decision_of_one(w: World) -> None:
    file = came(w)
    incident = OverDelivery.objects.get()
    now = timezone.now()
    assert refused(ReceivedFile, file, state="accepted", decided_at=now)
    decision = {"state": "decided", "disposition": "destroy", "decided_at": now}
    assert refused(OverDelivery, incident, **decision, approval=ACTOR.id)
    approval = asked(incident)
    assert refused(OverDelivery, incident, **decision, approval=approval.id)  # asked, and nobody said yes
    assert refused(OverDelivery, incident, state="decided")
    for facts in ({"kinds": []}, {"pages": []}, {"due": date(2030, 1, 1)}, {"file_id": Cut.objects.get().file_id}):
        assert refused(OverDelivery, incident, **facts), facts
    assert refused(Cut, Cut.objects.get(), dropped=0)
    for model, row in ((OverDelivery, incident), (Cut, Cut.objects.get())):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.filter(pk=row.pk)._raw_delete("default")
    agreed(approval)
    incident.refresh_from_db()
    assert refused(OverDelivery, incident, disposition="return")


def born(w: World, manual: ManualRequest, file: ReceivedFile) -> None:
    at = {"found_at": timezone.now(), "due": date(2030, 1, 1)}
    facts: dict[str, Any] = {"kinds": [], "pages": [], "months": {}, **at}
    with transaction.atomic():
        ref = log.append("file.surplus", actor=ACTOR, subject=w.customer.id, obj="received_file", body={})
        OverDelivery.objects.create(manual=manual, file=file, **facts, audit_event_id=ref.id)


def test_nothing_is_accepted_before_it_turns_out_that_it_was_too_much(w: World) -> None:
    """An incident about a file that was accepted cannot be born."""
    file = came(w)
    cut = Cut.objects.get().file
    days = {"decision": "accept", "data_type": "bill", "first_day": "2025-01-01", "last_day": "2025-01-31"}
    signed_in(Role.STAFF).post(f"/admin/files/{cut.id}/", days)
    cut.refresh_from_db()
    assert cut.state == "accepted"
    old = OverDelivery.objects.get()
    with pytest.raises(DatabaseError):
        born(w, old.manual, cut)
    assert file.state == "quarantined"


def test_a_legal_hold_beats_the_destruction_until_it_is_released(w: World) -> None:
    file = came(w)
    boss = person(Role.OFFICER)
    officer = Actor("s", boss.id, role="officer")
    hold = placing.place(w.customer.id, "a court asks", review_on=date(2030, 1, 1), officer=officer, now=timezone.now())
    agreed(asked(OverDelivery.objects.get()))
    keep(timezone.now())
    assert Disposal.objects.get().state == "refused"
    assert not vault.is_destroyed(file.file)
    assert "unless a legal hold keeps it" in signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()
    release = decide.request(
        placing.RELEASE, requester=officer, reason="over", now=timezone.now(), subject=w.customer.id, about=hold.id
    )
    second = person(Role.APPROVER)
    decide.approve(release.id, approver=Actor("s", second.id, role="approver"), now=timezone.now())
    for _ in range(2):
        keep(timezone.now())
    assert vault.is_destroyed(file.file)
    raw = Message.objects.get(id=file.message_id).raw
    assert vault.is_destroyed(raw)  # the mail held the same pages
    assert not vault.is_destroyed(Cut.objects.get().file.file)
    assert Disposal.objects.get().rule == "surplus"


def test_what_lies_under_a_shared_key_is_not_said_to_be_destroyed(w: World) -> None:
    file = came(w)
    shared = vault.seal_file(b"older", subject=w.customer.id, name="x")
    with transaction.atomic():
        ref = log.append("file.rejected", actor=ACTOR, subject=w.customer.id, obj="received_file", body={})
        ReceivedFile.objects.filter(id=file.id).update(file=shared, audit_event_id=ref.id)
    vault.seal_file(b"another under the same key", subject=w.customer.id, name="y")
    desk = person(Role.STAFF)
    answer = disposing.ask(
        OverDelivery.objects.get(), "destroy", requester=Actor("s", desk.id, role="staff"), now=timezone.now()
    )
    assert isinstance(answer, Refusal)


def test_the_mail_about_it_is_never_sent_twice(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    came(w)
    asked(OverDelivery.objects.get())
    mail = SurplusMail.objects.get()
    tries = []

    def lost(_self: Any, order: Any) -> Delivery:
        tries.append(order)
        raise DeliveryUnknown("mx", "lost after DATA")

    monkeypatch.setattr(ManualRequestChannel, "hand_over", lost)
    run_job("surplus.tell", mail.id)
    mail.refresh_from_db()
    assert mail.state == "sending"
    from requests_app.completeness import telling

    telling.tell_job(JobView(uuid.uuid4(), "surplus.tell", mail.id, attempt=2, waits=0, created_at=timezone.now()))
    assert len(tries) == 1


def test_an_answer_with_a_file_after_the_end_stays_sealed_and_brings_no_incident(w: World) -> None:
    manual = w.manual(**LATE)
    run_job("manual.send", manual.id)
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    mail = bills.mail_with(reply(manual, csv=False), bills.year(date(2024, 12, 1), date(2025, 2, 1)))
    to = [f"r.{manual.thread_token}@localhost"]
    assert receive(mail, envelope_from="", envelope_to=to, now=timezone.now()).kind == "ended"
    assert not ReceivedFile.objects.exists()
    assert not OverDelivery.objects.exists()


def test_a_file_that_waits_when_she_stops_is_opened_for_nobody(w: World) -> None:
    manual = w.manual(**LATE)
    run_job("manual.send", manual.id)
    mail = bills.mail_with(reply(manual, csv=False), bills.year(date(2024, 12, 1), date(2025, 2, 1)))
    receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    file = ReceivedFile.objects.get()
    page = signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()
    assert "This file stays sealed." in page
    assert not OverDelivery.objects.exists()
    assert not Cut.objects.exists()


def test_a_cell_that_came_is_never_said_not_to_exist(w: World) -> None:
    came(w)
    manual = ManualRequest.objects.get()
    said = {"cell": f"{w.account.id}|bill|2025-01-01", "reason": "not_kept"}
    cut = Cut.objects.get().file
    days = {"decision": "accept", "data_type": "bill", "first_day": "2025-01-01", "last_day": "2025-01-31"}
    desk = signed_in(Role.STAFF)
    desk.post(f"/admin/files/{cut.id}/", days)
    desk.post(f"/admin/requests/{manual.id}/none/", said)
    assert not NoneSaid.objects.exists()
    desk.post(f"/admin/requests/{manual.id}/none/", {**said, "cell": f"{w.account.id}|bill|2025-02-01"})
    assert NoneSaid.objects.count() == 1
    manual.refresh_from_db()
    assert manual.state == "delivered"


def test_a_cut_takes_nothing_of_other_pages_along() -> None:
    """Resources that all pages share, a link to another page, a note, a file name: none of it comes along."""
    with pikepdf.open(io.BytesIO(bills.joined(*bills.of_months(date(2025, 1, 1), date(2025, 3, 1)),
                                              paper.bill(account=ANNA)))) as source:  # fmt: skip
        picture = source.make_stream(b"\x00" * 3 * 4 + ANNA.encode(), Type=pikepdf.Name.XObject)
        shared = source.make_indirect(
            pikepdf.Dictionary(Font=source.pages[0].Resources.Font, XObject=pikepdf.Dictionary(Scan=picture))
        )
        for page in source.pages:
            page.obj.Resources = shared
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 1, 1], Dest=[source.pages[2].obj]
        )
        source.pages[0].obj.Annots = pikepdf.Array([source.make_indirect(note)])
        source.docinfo["/Title"] = f"bills of {ANNA}"
        out = io.BytesIO()
        source.save(out)
    made = sandbox.unpack(bill_cut.cut({"data": sandbox.pack(out.getvalue()), "pages": [1, 2]})["data"])
    with pikepdf.open(io.BytesIO(made)) as cut:
        assert len(cut.pages) == 2
        assert "/Annots" not in cut.pages[0].obj
        streams = [each.read_bytes() for each in cut.objects if isinstance(each, pikepdf.Stream)]
        assert not any(ANNA.encode() in each for each in streams)
        assert ANNA not in repr(list(cut.objects))
        assert len([page for page in cut.objects if getattr(page, "Type", None) == "/Page"]) == 2


@pytest.mark.parametrize("pages", [[], [0], [4], [2, 1], [1, 1]])
def test_only_pages_that_there_are_can_be_cut(pages: list[int]) -> None:
    data = bills.year(date(2025, 1, 1), date(2025, 4, 1))
    with pytest.raises(Refused):
        bill_cut.cut({"data": sandbox.pack(data), "pages": pages})
