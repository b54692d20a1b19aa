"""The pages of packs, demands and approvals, as officers and approvers use them; and the command."""

import io
import json
import re
import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from broker.approvals.models import Approval
from broker.console.packs.lifecycle import Redaction
from broker.console.packs.models import EvidencePack, LegalDemand
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests import clock, requests_world
from tests.factories import account, customer
from tests.integration.audit_support import acts
from tests.packs_world import Packs, check, confirmed, no_signer_runs, packs, unpack

SCOPE = {"kind": "consent", "sought": "OB-2026-000001"}
CONTENTS = {"redaction": "masked", "letters": "on"}
WHY = {"recipient": "MARKER-RECIPIENT", "purpose": "MARKER-PURPOSE", "basis": "complaint", "demand": ""}


@pytest.fixture
def alone(desk: Packs) -> Iterator[None]:
    """No signer and no integrator runs beside the command."""
    with no_signer_runs(desk):
        yield


@pytest.fixture
def desk(sqlite_db: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def hidden(page: Any) -> dict[str, str]:
    """What the first form of a page of the wizard carries on."""
    form = re.search(r'<form method="post" action="/console/packs/new/".*?</form>', page.content.decode(), re.S)
    assert form is not None
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


def walk(client: Client, scope: dict[str, str], contents: dict[str, str], why: dict[str, str]) -> Any:
    """Go through the wizard by what its pages carry; give the last answer."""
    carried: dict[str, str] = {"place": "0"}
    for answers in (scope, contents, why):
        page = client.post("/console/packs/new/", {**carried, **answers})
        if page.status_code != 200:
            return page
        carried = hidden(page)
    return client.post("/console/packs/new/", carried)


def test_an_officer_asks_another_person_approves_and_it_is_downloaded(desk: Packs, tmp_path: Path) -> None:
    officer, approver = signed_in(desk.officer), signed_in(desk.approver)
    assert officer.get("/console/packs/").status_code == 200
    answer = walk(officer, SCOPE, CONTENTS, WHY)
    assert answer.status_code == 302, answer.content.decode()
    pack = EvidencePack.objects.get()
    assert (pack.scope_id, pack.redaction, pack.letters, pack.mails) == (desk.world.consent.id, "masked", True, False)
    page = officer.get(answer.url).content.decode()
    assert "waiting for approval" in page
    assert "MARKER-RECIPIENT" in page
    approval = f"/console/approvals/{pack.approval_id}/"
    assert "Approve" not in officer.get(approval).content.decode()
    assert officer.post(f"{approval}decide/", {"decision": "approve"}).status_code == 302
    assert Approval.objects.get().state == "requested"  # never one's own
    assert "MARKER-PURPOSE" not in approver.get(approval).content.decode()
    assert "Hand over an evidence pack E-" in approver.get("/console/approvals/").content.decode()
    shown = approver.get(approval).content.decode()
    for text in ("permission OB-2026-000001", "letters with seal", "Masked: events", "To answer a complaint"):
        assert text in shown
    assert str(desk.world.customer.id) not in shown
    assert 'value="approve"' not in shown
    sure = approver.get(f"{approval}?sure=1").content.decode()
    assert "You are about to have pack" in sure
    assert "This cannot be undone" in sure
    before = acts().count("admin.viewed")
    opened = approver.post(f"{approval}reason/").content.decode()
    assert "MARKER-PURPOSE" in opened
    assert "MARKER-RECIPIENT" in opened
    assert acts().count("admin.viewed") == before + 1
    unasked = approver.post(f"{approval}decide/", {"decision": "approve"})
    assert unasked["Location"] == f"{approval}?sure=1", "a yes without the question is answered with the question"
    assert Approval.objects.get().state == "requested"
    yes = confirmed(approver, approval)
    for false in ("", "x", yes["confirmed"] + "x", confirmed(signed_in(desk.other), approval)["confirmed"]):
        approver.post(f"{approval}decide/", {**yes, "confirmed": false})
    with time_machine.travel(timezone.now() - timedelta(minutes=16)):
        question = f"{pack.approval_id}/{desk.approver.id}"
        old = signing.TimestampSigner(salt="approval.sure").sign(question).encode().hex()
    approver.post(f"{approval}decide/", {**yes, "confirmed": old})
    assert Approval.objects.get().state == "requested", "nor another person's, nor one of long ago"
    approver.post(f"{approval}decide/", yes)
    assert Approval.objects.get().state == "approved"
    desk.work(pack)
    assert officer.get(f"/console/packs/{pack.id}/download/").status_code == 405
    before = acts().count("pack.read")
    out = officer.post(f"/console/packs/{pack.id}/download/")
    assert out.headers["Content-Disposition"] == f'attachment; filename="{pack.number}.zip"'
    assert acts().count("pack.read") == before + 3  # the hand-over, the customer's entry, the pack's own
    assert check(unpack(out.content, tmp_path / "out"))["ok"]


def test_the_wizard_says_what_is_missing_and_keeps_names_off_its_pages(desk: Packs) -> None:
    officer = signed_in(desk.officer)
    assert officer.post("/console/packs/new/", {"place": "0", "kind": "consent"}).status_code == 422
    page = officer.post("/console/packs/new/", {"place": "0", "kind": "customer", "sought": "pat@member.example"})
    assert page.status_code == 200
    assert "pat@member.example" not in page.content.decode()
    assert hidden(page)["scope_id"] == str(desk.world.customer.id)
    assert acts()[-1] == "log.searched"
    carried = {"place": "1", "kind": "customer", "scope_id": str(desk.world.consent.id)}
    assert officer.post("/console/packs/new/", carried).status_code == 422  # an id that is no customer's
    wrong = walk(officer, SCOPE, CONTENTS, {**WHY, "basis": "legal_demand"})
    assert wrong.status_code == 422
    assert (
        officer.post("/console/packs/new/", {"place": "0", "kind": "period", "first_day": "2026-02-02"}).status_code
        == 422
    )
    assert not EvidencePack.objects.exists()


@pytest.mark.parametrize("place", ["0", "1", "2", "3"])
@pytest.mark.parametrize("sought", ["pat@member.example", "nobody@else.example", requests_world.ACCOUNT, "OB-1"])
def test_every_look_up_is_an_entry_whatever_it_finds(desk: Packs, place: str, sought: str) -> None:
    officer, before = signed_in(desk.officer), len(acts())
    officer.post("/console/packs/new/", {"place": place, "kind": "customer", "sought": sought})
    assert acts()[before:] == ["log.searched"]
    officer.post("/console/packs/new/", {"place": place, "kind": "customer", "scope_id": str(desk.world.account.id)})
    assert acts()[before:] == ["log.searched"] * 2


@pytest.mark.parametrize("days", [-1, 732, 2_900_000])
def test_an_order_that_is_over_or_lasts_for_ever_is_refused_with_the_reason(desk: Packs, days: int) -> None:
    officer, today = signed_in(desk.officer), clock.today()
    last = "9999-12-31" if days > 9_999 else str(today + timedelta(days=days))
    data = {
        "authority": "A court", "kind": "subpoena", "reference": "CV-1", "asked": "All", "received_on": str(today),
        "due_on": str(today + timedelta(days=9)), "gag_reference": "ORDER-1", "gag_last_day": last,
    }  # fmt: skip
    answer = officer.post("/console/demands/new/", data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert {-1: "This order is over already", 732: "two years at most"}.get(days, "from 2000 through 2099") in page
    made = officer.post("/console/demands/new/", {**data, "gag_reference": "", "gag_last_day": ""})
    order = {"gag_reference": "ORDER-1", "gag_last_day": last}
    assert officer.post(f"{made.url}order/", order).status_code == 422
    assert LegalDemand.objects.get().gag_until is None


def test_days_that_no_calendar_reaches_are_refused(desk: Packs) -> None:
    officer = signed_in(desk.officer)
    period = {"place": "0", "kind": "period", "first_day": "2026-01-01", "last_day": "9999-12-31"}
    assert officer.post("/console/packs/new/", period).status_code == 422
    for query in ("until=9999-12-31", "since=0001-01-01", "before=99999999999999999999"):
        assert officer.get(f"/console/log/?{query}").status_code == 422, query
    assert officer.get("/console/log/?until=2099-12-31&before=9007199254740991").status_code == 200


def test_of_two_customers_with_one_account_one_is_chosen(desk: Packs) -> None:
    officer, other = signed_in(desk.officer), customer("joint@member.example")
    account(other, requests_world.ACCOUNT)
    sent = {"place": "0", "kind": "customer", "sought": requests_world.ACCOUNT}
    answer = officer.post("/console/packs/new/", sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Several customers hold this account" in page
    assert "member.example" not in page
    assert set(re.findall(r'name="scope_id" value="([^"]+)"', page)) == {str(other.id), str(desk.world.customer.id)}
    chosen = officer.post("/console/packs/new/", {**sent, "scope_id": str(other.id)})
    assert hidden(chosen)["scope_id"] == str(other.id)
    before = len(acts())
    found = officer.post("/console/find/", {"sought": requests_world.ACCOUNT})
    assert acts()[before:] == ["log.searched"] * 2
    for each in (other, desk.world.customer):
        assert f"?customer={each.id}" in found.content.decode()


def test_headers_alone_need_no_second_person(desk: Packs) -> None:
    officer = signed_in(desk.officer)
    answer = walk(officer, SCOPE, {"redaction": "headers"}, WHY)
    pack = desk.work(EvidencePack.objects.get())
    assert pack.state == "ready"
    assert f"Download {pack.number}.zip" in officer.get(answer.url).content.decode()


def test_nobody_else_enters(desk: Packs) -> None:
    pack = desk.ask(redaction=Redaction.MASKED)
    addresses = [
        reverse("console-packs"), reverse("console-pack-new"), reverse("console-pack", args=[pack.id]),
        reverse("console-demands"), reverse("console-demand-new"), reverse("console-approvals"),
        reverse("console-approval", args=[pack.approval_id]),
    ]  # fmt: skip
    for role in (Role.STAFF, Role.OPERATOR):
        client = signed_in(create_user(role.value, role.value, role, password=None, actor=SERVICE("tests")))
        assert {client.get(address).status_code for address in addresses} == {404}
        assert client.post(reverse("console-pack-download", args=[pack.id])).status_code == 404
    assert {Client().get(address).status_code for address in addresses} == {302}
    approver = signed_in(desk.approver)
    assert [approver.get(address).status_code for address in addresses] == [200, 200, 200, 404, 404, 200, 200]
    assert Client().get(reverse("after-login")).status_code == 302
    assert approver.get(reverse("after-login")).url == reverse("console-approvals")


def test_a_request_is_taken_back_by_whom_it_came_from(desk: Packs) -> None:
    pack = desk.ask(redaction=Redaction.MASKED)
    address = reverse("console-approval-decide", args=[pack.approval_id])
    signed_in(desk.other).post(address, {"decision": "withdraw"})
    assert Approval.objects.get().state == "requested"
    signed_in(desk.officer).post(address, {"decision": "withdraw"})
    assert Approval.objects.get().state == "withdrawn"
    assert "approval withdrawn" in signed_in(desk.officer).get("/console/packs/").content.decode()


def test_a_legal_demand_from_receipt_to_answer(desk: Packs) -> None:
    officer, today = signed_in(desk.officer), clock.today()
    fields = {
        "authority": "Example County Court", "kind": "court_order", "reference": "CV-17", "asked": "MARKER-ASKED",
        "received_on": str(today), "due_on": str(today + timedelta(days=9)),
        "gag_reference": "ORDER-7", "gag_last_day": "",
    }  # fmt: skip
    assert officer.post("/console/demands/new/", fields).status_code == 422  # an order without its end
    last = str(today + timedelta(days=30))
    answer = officer.post("/console/demands/new/", {**fields, "gag_last_day": last})
    demand = LegalDemand.objects.get()
    assert demand.number.startswith("L-20")
    page = officer.get(answer.url).content.decode()
    assert "MARKER-ASKED" in page
    assert "days left" in page
    listed = officer.get("/console/demands/").content.decode()
    assert "MARKER-ASKED" not in listed
    assert "forbidden through" in listed
    walked = walk(officer, SCOPE, CONTENTS, {**WHY, "basis": "legal_demand", "demand": demand.number})
    assert walked.status_code == 422  # she is not named yet, so nobody would tell her
    upload = SimpleUploadedFile("names.txt", b"pat@member.example\r\n12345678\r\n")
    officer.post(f"{answer.url}subjects/", {"lines": "nobody@else.example", "file": upload})
    page = officer.get(answer.url).content.decode()
    assert str(desk.world.customer.id)[:8] in page
    assert "pat@member.example" not in page
    assert "2 lines named nobody" in page
    walked = walk(officer, SCOPE, CONTENTS, {**WHY, "basis": "legal_demand", "demand": demand.number})
    assert walked.status_code == 302
    assert EvidencePack.objects.get().demand_id == demand.id
    for part, data in (
        ("decision", {"decision": "comply", "decided_on": str(today), "reasons": "MARKER-REASONS"}),
        ("answer", {"produced": "MARKER-PRODUCED", "withheld": "MARKER-WITHHELD"}),
        ("order", {"gag_reference": "ORDER-8", "gag_last_day": last}),
    ):
        assert officer.post(f"{answer.url}{part}/", {}).status_code == 422
        assert officer.post(f"{answer.url}{part}/", data).status_code == 302
    officer.post(f"{answer.url}notice/")
    page = officer.get(answer.url).content.decode()
    assert "An order forbids telling customers now" in page
    assert all(marker in page for marker in ("MARKER-REASONS", "MARKER-PRODUCED", "MARKER-WITHHELD", "ORDER-8"))


def test_each_page_is_one_entry(desk: Packs) -> None:
    officer, pack = signed_in(desk.officer), desk.ask(redaction=Redaction.MASKED)
    for address in ("/console/packs/", f"/console/packs/{pack.id}/", "/console/approvals/", "/console/demands/",
                    f"/console/approvals/{pack.approval_id}/"):  # fmt: skip
        before = len(acts())
        assert officer.get(address).status_code == 200
        assert acts()[before:] == ["admin.viewed"], address


# --- the command --------------------------------------------------------------------------------------------------


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("export_pack", *arguments, stdout=out)
    line: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return line


def test_the_command_writes_a_pack_that_a_stranger_verifies(desk: Packs, alone: None, tmp_path: Path) -> None:
    place = tmp_path / "pack.zip"
    said = run("--consent", str(desk.world.consent.id), "--out", str(place))
    assert place.stat().st_mode & 0o077 == 0
    assert check(unpack(place.read_bytes(), tmp_path / "out"))["size"] == said["size"]
    other = str(tmp_path / "other.zip")
    assert run("--consent", "OB-2026-000001", "--out", other)["pack"] != said["pack"]
    with zipfile.ZipFile(io.BytesIO(place.read_bytes())) as pack:
        assert not [name for name in pack.namelist() if name.startswith("keys/")]


def test_the_command_hands_out_personal_data_only_with_two_people(desk: Packs, alone: None, tmp_path: Path) -> None:
    place, number = str(tmp_path / "pack.zip"), str(desk.world.consent.id)
    with pytest.raises(CommandError, match="second person"):
        call_command("export_pack", "--consent", number, "--letters", "--out", place)
    pack = desk.ask(redaction=Redaction.OPEN)
    with pytest.raises(CommandError, match="approved"):
        call_command("export_pack", "--approval", str(pack.approval_id), "--out", place)
    desk.approve(pack)
    assert run("--approval", str(pack.approval_id), "--out", place)["pack"] == pack.number
    place = str(tmp_path / "letters.zip")
    run("--consent", number, "--letters", "--redaction", "open", "--rehearse", "--out", place)
    made = EvidencePack.objects.order_by("-number")[0]
    assert made.approval is not None
    assert made.approval.approver not in (None, made.requester)
    with zipfile.ZipFile(place) as out:
        assert [out.read(name) for name in out.namelist() if name.startswith("letter/")] == [requests_world.LETTER]


def test_the_command_looks_at_the_place_before_anything_is_handed_out(desk: Packs, alone: None, tmp_path: Path) -> None:
    kept = tmp_path / "kept.zip"
    kept.write_bytes(b"another pack")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    for place in (kept, tmp_path, tmp_path / "none" / "pack.zip", tmp_path / "gone"):
        with pytest.raises(CommandError, match="--out"):
            call_command("export_pack", "--consent", str(desk.world.consent.id), "--out", str(place))
    assert not EvidencePack.objects.exists()
    assert kept.read_bytes() == b"another pack"


@pytest.mark.parametrize("arguments", [[], ["--consent", "OB-1"], ["--customer", "x"], ["--from", "2026-01-01"]])
def test_the_command_says_what_it_cannot_find(desk: Packs, tmp_path: Path, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("export_pack", *arguments, "--out", str(tmp_path / "pack.zip"))
    assert not EvidencePack.objects.exists()


def test_whoever_has_to_sign_in_before_a_question_gets_past_the_gate(sqlite_db: str) -> None:
    for path in (
        f"/console/approvals/{uuid.uuid4()}/?sure=1",
        "/console/log/?act=105",
        "/recipient/requests/?before=x",
    ):
        browser = Client()
        asked = browser.get(path)
        assert asked.status_code == 302
        page = browser.get(asked["Location"])
        assert page.status_code == 200, path
        sent = {"username": "nobody", "password": "none at all", "next": page.context["next"]}
        assert browser.post("/login/", sent).status_code == 200, path
        assert page.context["next"] in (path, path.partition("?")[0])
