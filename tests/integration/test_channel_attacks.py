"""What strangers and single members of staff try on the way in: post, held mail, resending, the desk, the lists."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.parties.models import Role
from broker.rehearsal import paper
from broker.terms import Actor
from requests_app.desk_work import heard
from requests_app.desk_work.heard import Said
from requests_app.desk_work.models import Heard
from requests_app.models import ManualRequest, Message, ReceivedFile
from tests.clock import today
from tests.integration.test_held_files import changed, person, signed_in
from tests.requests_world import ACCOUNT, World, coop, run_job, world


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def sent(w: World, **changes: Any) -> ManualRequest:
    manual = w.manual(**changes)
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def staff_actor(name: str = "one") -> Actor:
    return Actor("s", person(Role.STAFF, name).id, role="staff")


def by_post(manual: ManualRequest, scan: bytes, name: str = "sheet.pdf") -> Message:
    said = Said(Heard.Way.POST, Heard.Kind.ANSWER, timezone.now(), "", "A report on paper.", scan=scan, scan_name=name)
    made = heard.write_down(manual, said, person(Role.STAFF), actor=staff_actor(), now=timezone.now())
    assert isinstance(made, Message)
    return made


def usage(account: str = ACCOUNT) -> bytes:
    return paper.usage_report(account=account, rows=[("2025-10-19", "49.600")])


# --- one person makes no delivery ---------------------------------------------------------------------------------


def test_one_member_of_staff_delivers_nothing_that_they_entered_themselves(w: World) -> None:
    manual, one = sent(w), signed_in(Role.STAFF)
    form = {
        "way": "post",
        "kind": "answer",
        "on": today().isoformat(),
        "words": "A sheet.",
        "scan": SimpleUploadedFile("sheet.pdf", usage(), "application/pdf"),
    }
    assert one.post(f"/admin/requests/{manual.id}/heard/", form).status_code == 302
    file = ReceivedFile.objects.get()
    page = one.get(f"/admin/files/{file.id}/").content.decode()
    assert "A member of staff entered it" in page
    assert "Ask a second person to accept it" in page
    days = {"decision": "accept", "data_type": "usage_daily", "first_day": "2025-10-19", "last_day": "2025-10-19"}
    one.post(f"/admin/files/{file.id}/", days)
    one.post(f"/admin/files/{file.id}/", days)
    file.refresh_from_db()
    assert file.state == "quarantined"
    asked = Approval.objects.get()
    told = signed_in(Role.OFFICER).get(f"/console/approvals/{asked.id}/").content.decode()
    assert "Compare it with the paper." in told
    officer = Actor("s", person(Role.OFFICER).id, role="officer")
    decide.approve(asked.id, approver=officer, now=timezone.now())
    one.post(f"/admin/files/{file.id}/", days)
    file.refresh_from_db()
    assert file.state == "accepted"


def test_the_database_takes_no_entered_file_from_one_person(w: World) -> None:
    by_post(sent(w), usage())
    with pytest.raises(DatabaseError, match="by two people"):
        changed(w, ReceivedFile.objects.get(), {"state": "accepted", "decided_at": timezone.now()})
