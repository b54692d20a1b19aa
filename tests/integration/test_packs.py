"""Evidence packs: asked for, approved, built, checked by a stranger, handed out."""

import importlib.util
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from broker import jobs, vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import container, log, packing, verdict_file
from broker.console.packs import assembly, build, handing, requesting
from broker.console.packs.lifecycle import Contents, Redaction, Scope, State
from broker.console.packs.models import EvidencePack, PackAccess
from broker.console.packs.requesting import NotPossible
from broker.jobs.models import Job
from broker.terms import SERVICE, EventRef
from consents.access import access_rows
from requests_app import receive
from tests import clock, requests_world
from tests.factories import event
from tests.integration.audit_support import acts, integrate, say_verified
from tests.packs_world import PURPOSE, RECIPIENT, Packs, check, packs, unpack

ALL = Contents(letters=True, mails=True, files=True)
# Planted where only a deeper level may look. The last is the name that the customer gave.
MARKERS = ("MARKER-BODY", "MARKER-LETTER", "MARKER-MAIL", "pat@member.example", requests_world.ACCOUNT, "Pat Member")


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        log.append(
            "consent.viewed",
            actor=SERVICE("tests"),
            subject=made.world.customer.id,
            obj="consent",
            body={
                "consent": made.world.consent.id,
                "why": "MARKER-BODY said Pat Member of 40900017",
                "number": "MARKER-BODY",
                "purpose": "MARKER-BODY",
                "codes": ["MARKER-BODY"],
            },
        )
        yield made


def with_mail(desk: Packs, folder: Path, settings: Any) -> None:
    """Ask the co-op, and let it answer with a file that is accepted."""
    with requests_world.coop(folder, settings):
        manual = desk.world.manual()
        jobs.run_due()
        manual.refresh_from_db()
        raw = requests_world.reply(manual, text="MARKER-MAIL Pat Member")
        receive.receive(raw, envelope_from="billing@coop.example", envelope_to=["x@localhost"], now=timezone.now())


def everything(data: bytes) -> str:
    """All that a reader of a pack can read: every file, and the words of the PDF."""
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        texts = [f"{name}\n{pack.read(name).decode('latin-1')}" for name in pack.namelist()]
        with pdfplumber.open(io.BytesIO(pack.read("report.pdf"))) as report:
            texts += [page.extract_text() for page in report.pages]
    return "\n".join(texts)


# --- a stranger checks it -----------------------------------------------------------------------------------------


def test_a_stranger_finds_a_pack_complete_and_unchanged(desk: Packs, tmp_path: Path) -> None:
    pack = desk.ready()
    data = desk.data(pack)
    folder = unpack(data, tmp_path / "out")
    found = check(folder)
    assert found["ok"], found
    assert found["size"] == pack.checkpoint_size
    (folder / "pack.zip").write_bytes(data)
    assert check(folder / "pack.zip")["ok"]


def test_with_the_published_keys_it_is_complete_and_unchanged(desk: Packs, tmp_path: Path) -> None:
    folder = unpack(desk.data(desk.ready()), tmp_path / "out")
    saved = {name: Client().get(f"/log/{name}").content for name in ("vkey", "receipt-vkey")}
    assert Client().post("/log/receipt-vkey").status_code == 405
    for name, content in saved.items():
        (tmp_path / name).write_bytes(content)
    for keys in ([content.decode().split()[0] for content in saved.values()], [f"../{name}" for name in saved]):
        argv = [sys.executable, "-I", "verify.py", "--log-key", keys[0], "--receipt-key", keys[1]]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0
        assert done.stdout.splitlines()[-2] == "Complete and unchanged."
        assert json.loads(done.stdout.splitlines()[-1])["trust"] == "given"


def test_the_packs_checkpoint_covers_its_own_entries_and_they_are_in_it(desk: Packs) -> None:
    pack = desk.ready()
    assert pack.export_event
    parts = packing.group_of(EventRef(pack.export_event))
    assert len(parts) == 3  # the export, the customer's entry, the pack's own
    assert pack.checkpoint_size
    with zipfile.ZipFile(io.BytesIO(desk.data(pack))) as out:
        for each in packing.placed(parts, pack.checkpoint_size):
            assert f"entries/{each.seq}.entry" in out.namelist()
            assert each.head.act == "admin.export"


def test_s59_one_flipped_byte_in_any_file_fails_and_names_it(desk: Packs, tmp_path: Path, settings: Any) -> None:
    with_mail(desk, tmp_path / "coop", settings)
    data = desk.data(desk.ready(redaction=Redaction.OPEN, contents=ALL))
    folder = unpack(data, tmp_path / "out")
    assert check(folder)["ok"]
    verify = a_strangers_program()
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    kinds = {name.partition("/")[0] for name in names}
    assert kinds >= {"entries", "proofs", "keys", "letter", "mails", "records", "calendar", "profile", "report.pdf"}
    for name in names:
        path = folder / name
        whole = path.read_bytes()
        for place in {0, len(whole) // 2, len(whole) - 1}:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            found = verify.check(str(folder), verify.parse([str(folder)]), lambda _line: None)
            assert (found["ok"], found.get("file")) == (False, name), (place, found)
        path.write_bytes(whole)
    assert check(folder)["ok"]


def test_a_file_more_or_less_fails_and_is_named(desk: Packs, tmp_path: Path) -> None:
    folder = unpack(desk.data(desk.ready()), tmp_path / "out")
    (folder / "letter").mkdir()
    (folder / "letter" / "other.pdf").write_bytes(b"%PDF-")
    assert check(folder)["file"] == "letter/other.pdf"
    (folder / "letter" / "other.pdf").unlink()
    (folder / "report.html").unlink()
    assert check(folder)["file"] == "report.html"


def a_strangers_program() -> Any:
    spec = importlib.util.spec_from_file_location("verify_pack", packing.VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    files = {"b": b"2", "a/c": b"1"}
    one, other = io.BytesIO(), io.BytesIO()
    container.write(one, files)
    container.write(other, dict(reversed(files.items())))
    container.write(tmp_path / "pack.zip", files)
    assert one.getvalue() == other.getvalue() == (tmp_path / "pack.zip").read_bytes()


# --- how far it is opened -----------------------------------------------------------------------------------------


def listing(data: bytes, under: str = "") -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return [name for name in pack.namelist() if name.startswith(under)]


def report_of(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return pack.read("report.html").decode()


def test_headers_open_nothing(desk: Packs) -> None:
    data = desk.data(desk.ready())
    text = everything(data)
    assert not [marker for marker in MARKERS if marker in text]
    assert "\nkeys/" not in text
    assert listing(data, "records/") == ["records/access.json", "records/events.json"]
    assert requests_world.ACCOUNT[-4:] not in report_of(data)
    assert "Not part of a pack of headers only." in report_of(data)
    assert RECIPIENT in text
    assert PURPOSE in text


def test_masked_reads_for_the_report_and_gives_no_key(desk: Packs) -> None:
    text = everything(desk.data(desk.ready(redaction=Redaction.MASKED)))
    assert not [marker for marker in MARKERS if marker in text]
    assert not re.search(r"^keys/", text, re.M)
    assert "masked values" in text


def test_open_gives_each_event_with_its_key_and_nothing_of_other_customers(desk: Packs, tmp_path: Path) -> None:
    stranger = requests_world.uuid.uuid4()
    log.append("consent.viewed", actor=SERVICE("tests"), subject=stranger, obj="consent", body={"why": "MARKER-OTHER"})
    pack = desk.ready(redaction=Redaction.OPEN)
    folder = unpack(desk.data(pack), tmp_path / "out")
    text = everything(desk.data(pack))
    assert "MARKER-BODY" in text
    assert "MARKER-OTHER" not in text
    entries = {path.stem for path in (folder / "entries").iterdir()}
    keys = {path.stem for path in (folder / "keys").iterdir()}
    assert keys
    assert keys < entries  # the pack's own entries stay closed
    assert check(folder)["ok"]


def test_the_report_counts_the_upkeep_of_keys_and_does_not_tell_it(desk: Packs, tmp_path: Path) -> None:
    wanted = Contents(letters=True)
    folder = unpack(desk.data(desk.ready(redaction=Redaction.OPEN, contents=wanted)), tmp_path / "out")
    told = (folder / "report.html").read_text()
    assert "A data key can be found under a further name" not in told  # counted, below the list
    assert "about the keys that seal the others" in told
    assert "key.alias" in (folder / "records" / "events.json").read_text()
    said = (folder / "README.txt").read_text()
    assert "template/" in said
    assert "/v/time-root.pem" in said


def test_documents_go_in_byte_for_byte_and_only_if_asked_for(desk: Packs, tmp_path: Path, settings: Any) -> None:
    with_mail(desk, tmp_path / "coop", settings)
    with zipfile.ZipFile(
        io.BytesIO(desk.data(desk.ready(redaction=Redaction.MASKED, contents=Contents(letters=True))))
    ) as out:
        letters = [name for name in out.namelist() if name.startswith("letter/")]
        assert [out.read(name) for name in letters] == [requests_world.LETTER]
        assert not [name for name in out.namelist() if name.startswith(("mails/", "files/"))]
        listed = out.read("records/documents.json").decode()
    assert listed.count('"direction"') == 2
    with zipfile.ZipFile(io.BytesIO(desk.data(desk.ready(contents=Contents(mails=True))))) as out:
        mails = [out.read(name) for name in out.namelist() if name.startswith("mails/")]
    assert len(mails) == 2
    assert any(b"MARKER-MAIL" in each for each in mails)


def test_mails_that_nobody_may_open_alone_are_in_no_pack(desk: Packs, tmp_path: Path, settings: Any) -> None:
    with requests_world.coop(tmp_path / "coop", settings):
        manual = desk.world.manual()
        jobs.run_due()
        manual.refresh_from_db()
        raw = requests_world.reply(manual, text="SmartHub user name: pat\nSmartHub password: Hunter2-secret", csv=False)
        receive.receive(raw, envelope_from="billing@coop.example", envelope_to=["x@localhost"], now=timezone.now())
    text = everything(desk.data(desk.ready(redaction=Redaction.OPEN, contents=ALL)))
    assert "Hunter2-secret" not in text


def test_another_consents_events_stay_out_of_an_opened_pack(desk: Packs, tmp_path: Path) -> None:
    world = desk.world
    with transaction.atomic():
        ref = event(subject=world.customer.id)
        other = requests_world.grant(
            world.customer, world.organisation, [world.account], ref=ref, now=timezone.now(), purpose="research"
        )
        body = {"consent": other.id, "why": "MARKER-OTHER-CONSENT"}
        log.append("consent.viewed", actor=SERVICE("tests"), subject=world.customer.id, obj="consent", body=body)
    text = everything(desk.data(desk.ready(redaction=Redaction.OPEN)))
    assert "MARKER-BODY" in text
    assert "MARKER-OTHER-CONSENT" not in text
    whole = everything(
        desk.data(desk.ready(redaction=Redaction.OPEN, scope=Scope.CUSTOMER, scope_id=world.customer.id))
    )
    assert "MARKER-OTHER-CONSENT" in whole


def test_a_period_holds_everybodys_headers_and_is_nobodys_entry(desk: Packs, tmp_path: Path) -> None:
    today = clock.today()
    period = (today - timedelta(days=2), today + timedelta(days=2))
    pack = desk.ready(scope=Scope.PERIOD, scope_id=None, period=period)
    assert not pack.accesses.exists()
    folder = unpack(desk.data(pack), tmp_path / "out")
    assert check(folder)["ok"]
    assert pack.events == len(list((folder / "entries").iterdir()))
    assert not [marker for marker in MARKERS if marker in everything(desk.data(pack))]
    assert listing(desk.data(pack), "records/") == ["records/access.json", "records/events.json"]
    assert desk.world.consent.number not in everything(desk.data(pack))
    opened = desk.ready(scope=Scope.PERIOD, scope_id=None, period=period, redaction=Redaction.OPEN)
    assert opened.accesses.values_list("customer_id", flat=True).distinct().get() == desk.world.customer.id
    assert "MARKER-BODY" in everything(desk.data(opened))
    assert check(unpack(desk.data(opened), tmp_path / "opened"))["ok"]


# --- two people ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [{"redaction": Redaction.MASKED}, {"contents": Contents(letters=True)}])
def test_personal_data_waits_for_another_person(desk: Packs, wanted: dict[str, Any]) -> None:
    pack = desk.ask(**wanted)
    assert pack.approval_id
    assert desk.work(pack).state == State.ASKED
    assert not Job.objects.filter(subject_id=pack.id).exists()
    with pytest.raises(decide.NotAllowed):
        decide.approve(pack.approval_id, approver=desk.actor(desk.officer), now=timezone.now())
    with pytest.raises(NotPossible):
        desk.data(pack)
    desk.approve(pack)
    assert desk.work(pack).state == State.READY
    assert Approval.objects.get(id=pack.approval_id).state == "executed"


def test_the_database_refuses_a_personal_pack_without_its_approval(desk: Packs) -> None:
    pack = desk.ask(redaction=Redaction.OPEN)
    other = desk.ask(redaction=Redaction.MASKED)
    desk.approve(other)
    whole = {"file": desk.world.customer.id, "sha256": bytes(32), "bytes": 1, "checkpoint_size": 1, "export_event": 1}
    whole |= {"ready_at": timezone.now(), "expires_at": timezone.now() + timedelta(days=1)}
    for change in (
        {"state": "approved"},
        {"state": "approved", "approval": None},
        {"state": "approved", "approval_id": other.approval_id},
        {"state": "building"},
        {"state": "ready", **whole},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            EvidencePack.objects.filter(id=pack.id).update(**change, audit_event_id=event().id)
    made = EvidencePack.objects.get(id=pack.id)
    made.id, made.number, made.state, made.approval = requests_world.uuid.uuid4(), "E-2026-9999", "approved", None
    with pytest.raises(DatabaseError), transaction.atomic():
        EvidencePack.objects.bulk_create([_sealed_anew(made)])


def _sealed_anew(made: EvidencePack) -> EvidencePack:
    for column in ("purpose", "recipient"):
        place = vault.Place("packs_evidencepack", column, made.id)
        setattr(made, column, vault.seal("x", subject=made.id, place=place))
    made.audit_event_id = event().id
    return made


def test_the_database_keeps_what_was_asked_and_what_is_ready(desk: Packs) -> None:
    pack = desk.ready()
    for change in (
        {"redaction": "open"}, {"letters": True}, {"sha256": bytes(32)}, {"state": "building"}, {"number": "E-1"},
        {"expires_at": timezone.now() + timedelta(days=400)}, {"scope_id": desk.world.account.id},
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            EvidencePack.objects.filter(id=pack.id).update(**change, audit_event_id=event().id)
    for model, row in ((EvidencePack, pack.id), (PackAccess, pack.accesses.first().id)):  # type: ignore[union-attr]
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.filter(id=row)._raw_delete("default")  # type: ignore[attr-defined]


@pytest.mark.parametrize("missing", ["file", "sha256", "checkpoint_size", "expires_at"])
def test_the_database_refuses_a_ready_pack_without_its_file(desk: Packs, missing: str) -> None:
    pack = desk.ask()
    desk.build(pack)
    whole: dict[str, Any] = {"file": pack.id, "sha256": bytes(32), "bytes": 1, "checkpoint_size": 1}
    whole |= {"ready_at": timezone.now(), "expires_at": timezone.now() + timedelta(days=1), "state": "ready"}
    del whole[missing]
    with pytest.raises(DatabaseError), transaction.atomic():
        EvidencePack.objects.filter(id=pack.id).update(**whole, audit_event_id=event().id)


# --- entries ------------------------------------------------------------------------------------------------------


def test_each_step_is_one_entry(desk: Packs) -> None:
    before = len(acts())
    pack = desk.ready(redaction=Redaction.OPEN)
    desk.data(pack)
    wanted = Counter(
        {
            "approval.requested": 1, "pack.asked": 1, "approval.given": 1, "pack.approved": 1,
            "admin.export": 3, "approval.executed": 1, "pack.ready": 1, "pack.read": 3,
        }
    )  # fmt: skip
    assert Counter(acts()[before:] if len(acts()) > before else []) - wanted == Counter()
    assert Counter(acts()) - Counter({"consent.granted": 1}) >= wanted


def test_the_customer_sees_that_it_was_made_and_each_time_it_left(desk: Packs) -> None:
    pack = desk.ready()
    desk.data(pack)
    desk.data(pack)
    seen = Counter(row.event for row in access_rows(desk.world.customer, now=timezone.now()))
    assert set(pack.accesses.values_list("audit_event_id", flat=True)) <= set(seen)
    assert pack.accesses.count() == 3


# --- its life -----------------------------------------------------------------------------------------------------


def test_it_is_handed_out_for_thirty_days(desk: Packs) -> None:
    pack = desk.ready()
    assert pack.expires_at
    assert pack.ready_at
    assert pack.expires_at - pack.ready_at == timedelta(days=30)
    with pytest.raises(NotPossible):
        handing.hand_out(pack, actor=desk.actor(desk.officer), now=pack.expires_at)
    with time_machine.travel(pack.expires_at, tick=False):
        for job in Job.objects.filter(subject_id=pack.id, kind=build.EXPIRE):
            jobs.run(job.id)
    pack.refresh_from_db()
    assert pack.state == State.EXPIRED


def test_without_a_checkpoint_it_fails_after_a_minute_and_a_person_tries_again(desk: Packs) -> None:
    pack = desk.ask()
    desk.build(pack)
    desk.build(pack)
    pack.refresh_from_db()
    assert pack.state == State.BUILDING
    job = Job.objects.get(subject_id=pack.id)
    assert (job.state, job.attempts) == ("queued", 0)  # the wait costs no attempt
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        desk.build(pack)
    pack.refresh_from_db()
    assert (pack.state, pack.failure) == (State.FAILED, "log.checkpoint_pending")
    requesting.try_again(pack, actor=desk.actor(desk.other))
    assert desk.work(pack).state == State.READY


def test_a_scope_that_is_too_large_opens_nothing_and_says_so(desk: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "MOST_EVENTS", 1)
    monkeypatch.setattr(assembly, "event_keys", None)  # nothing may be opened
    pack = desk.ask(redaction=Redaction.OPEN)
    desk.approve(pack)
    assert desk.work(pack).state == State.FAILED
    assert pack.failure == "pack.too_large"


def test_exports_are_closed_while_the_log_does_not_match(desk: Packs) -> None:
    pack = desk.ready()
    waiting = desk.ask()
    say_verified(ok=False, first_bad=0, kind="entry")
    with pytest.raises(NotPossible, match=r"log\.not_verified"):
        desk.data(pack)
    assert desk.work(waiting).state == State.APPROVED
    verdict_file.path().unlink()
    assert desk.work(waiting).state == State.APPROVED, "not verified is not good enough"
    say_verified()
    assert desk.work(waiting).state == State.READY


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("point", ["make", "seal", "ready"])
def test_a_death_while_building_leaves_one_finished_pack(
    desk: Packs, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    pack = desk.ask(redaction=Redaction.OPEN, contents=Contents(letters=True))
    desk.approve(pack)
    desk.build(pack)
    integrate(desk.desk.answer)
    real_make, real_seal, real_enter = assembly.make, vault.seal_file, build.enter

    def die_after(function: Any) -> Any:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            function(*args, **kwargs)
            raise Killed

        return wrapped

    with monkeypatch.context() as broken:
        if point == "make":
            broken.setattr(assembly, "make", die_after(real_make))
        elif point == "seal":
            broken.setattr(vault, "seal_file", die_after(real_seal))
        else:
            broken.setattr(build, "enter", die_after(real_enter))
        with pytest.raises(Killed):
            desk.build(pack)
    pack.refresh_from_db()
    assert pack.state == State.BUILDING
    job = Job.objects.get(subject_id=pack.id)
    assert job.lease_until is not None
    jobs.run(job.id, now=job.lease_until + timedelta(seconds=1))  # the lease of the dead worker is over
    assert desk.work(pack).state == State.READY
    assert acts().count("pack.ready") == 1
    # What the dead worker opened is a read of its own: two exports, each whole, never half of one.
    assert acts().count("admin.export") == 6


def test_a_death_before_anything_was_opened_is_no_second_export(desk: Packs, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = desk.ask()
    with monkeypatch.context() as broken:
        broken.setattr(packing, "covering", lambda parts: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            desk.build(pack)
    job = Job.objects.get(subject_id=pack.id)
    assert job.lease_until is not None
    jobs.run(job.id, now=job.lease_until + timedelta(seconds=1))
    assert desk.work(pack).state == State.READY
    assert acts().count("admin.export") == 3
