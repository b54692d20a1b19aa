"""The file that somebody has: exact, changed wrapper, not ours; and a database that was altered after the sealing."""

import io
import itertools
import json
import random
import subprocess
import uuid
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, transaction
from django.utils import timezone
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from broker import vault
from broker.terms import Actor
from consents import actions
from consents.checking import comparing, files
from consents.loa import judgement, validation
from consents.loa.letter import new_verification_code
from consents.loa.render import render_letter
from consents.loa.seal import seal_and_check
from consents.loa.trusting import trust
from consents.models import Consent, LetterFile
from tests import factories
from tests.integration.audit_support import acts
from tests.integration.checking_support import bytes_of, consent, enter, letter, opened, upload, words
from tests.integration.grant_support import Desk, desk
from tests.loa_samples import LOG_PROOF, SIGNED_AT, facts

__all__ = ["desk"]
EXACT, CHANGED, ALTERED = "EXACT", "CHANGED FILE", "NOT OURS, OR ALTERED"


@pytest.fixture(autouse=True)
def fresh() -> None:
    comparing.forget()


def alter(row: uuid.UUID | None = None, **columns: Any) -> None:
    """Change one consent, or each, as the database's owner could, with the triggers out of the way."""
    sets = ", ".join(f"{name} = %s" for name in columns)
    values = [json.dumps(value) if isinstance(value, list) else value for value in columns.values()]
    where = ""
    if row is not None:
        where, values = " WHERE id = %s", [*values, row]
    if connection.vendor == "sqlite":
        values = [value.hex if isinstance(value, uuid.UUID) else value for value in values]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'consents_consent'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
            cursor.execute(f"UPDATE consents_consent SET {sets}{where}", values)
            return
    from tests import cluster

    with cluster.connect("postgres", str(connection.settings_dict["NAME"])) as owner:
        owner.execute("ALTER TABLE consents_consent DISABLE TRIGGER ALL")
        owner.execute("SET session_replication_role = replica")
        owner.execute(f"UPDATE consents_consent SET {sets}{where}", values)


def annotated(data: bytes) -> bytes:
    """The file with a comment added by a viewer, in a revision of its own."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    note = generic.DictionaryObject(
        {
            generic.NameObject("/Type"): generic.NameObject("/Annot"),
            generic.NameObject("/Subtype"): generic.NameObject("/Text"),
            generic.NameObject("/Rect"): generic.ArrayObject(map(generic.NumberObject, (10, 10, 30, 30))),
            generic.NameObject("/Contents"): generic.TextStringObject("REVOKED"),
        }
    )
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Annots"] = generic.ArrayObject([*page.get("/Annots", []), writer.add_object(note)])
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.mark.granted
def test_each_copy_that_we_issued_is_exact(desk: Desk) -> None:
    desk.grant()
    person = desk.visitor()
    before = acts().count("letter.verified")
    assert "EXACT, but not signed yet" in upload(person, bytes_of("presented"))
    page = upload(person, bytes_of())
    assert "EXACT: byte for byte" in page
    assert f"Letter {letter().number}, today ACTIVE until" in page
    assert acts().count("letter.verified") == before + 2


def test_the_archived_copy_is_exact_and_begins_with_the_delivered_one(desk: Desk) -> None:
    from broker.transport.timestamp import stamper
    from consents.loa.archive import archived

    desk.grant()
    if not LetterFile.objects.filter(kind="archived").exists():
        made, _judged = archived(bytes_of(), trust(), stamper([desk.stamps.url]), now=timezone.now(), crls=[])
        _record_file(made, "archived")
    assert bytes_of("archived").startswith(bytes_of())
    assert "It is the archived copy" in upload(desk.visitor(), bytes_of("archived"))


def _record_file(data: bytes, kind: str) -> None:
    import hashlib

    with transaction.atomic():
        LetterFile.objects.create(
            letter=letter(),
            kind=kind,
            sha256=hashlib.sha256(data).digest(),
            bytes=len(data),
            file=vault.seal_file(data, subject=consent().customer_id, name="x.pdf", retention=vault.EVIDENCE),
            made_at=timezone.now(),
            audit_event_id=factories.event("letter.archived", subject=consent().customer_id, obj="letter").id,
        )


@pytest.mark.granted
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data + b"\n", CHANGED),
        (lambda data: data + b"%%EOF\n<script>alert(1)</script>", CHANGED),
        (annotated, CHANGED),
        (lambda data: data.replace(b"<<", b"< ", 1), ALTERED),
        (lambda data: data[:-2000], ALTERED),
        (lambda data: b"", ALTERED),
        (lambda data: b"%PDF-1.7\n", ALTERED),
        (lambda data: data[len(data) // 2 :], ALTERED),
    ],
)
def test_what_was_added_or_changed_is_never_exact(desk: Desk, change: Any, said: str) -> None:
    desk.grant()
    page = upload(desk.visitor(), change(bytes_of()))
    assert page.startswith(said), page[:200]


@pytest.mark.granted
def test_a_shown_copy_with_something_behind_it_is_not_genuine(desk: Desk) -> None:
    """Every sealed letter begins with the shown copy, so that beginning alone proves no signature."""
    desk.grant()
    assert upload(desk.visitor(), annotated(bytes_of("presented"))).startswith(ALTERED)
    assert upload(desk.visitor(), bytes_of("presented") + b"\n").startswith(ALTERED)


@pytest.mark.granted
def test_a_page_hidden_by_a_later_revision_is_never_exact(desk: Desk) -> None:
    desk.grant()
    sealed = bytes_of()
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    page_text = upload(desk.visitor(), output.getvalue())
    assert page_text.startswith(CHANGED)
    assert "What this file shows may differ from what was signed." in page_text
    assert "Something was added after the seal" in page_text


@pytest.mark.granted
def test_a_file_saved_anew_loses_the_seal(desk: Desk) -> None:
    desk.grant()
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes_of())) as document:
        document.save(output)
    assert upload(desk.visitor(), output.getvalue()).startswith(ALTERED)


@pytest.mark.granted
def test_the_record_of_another_letter_is_caught(desk: Desk) -> None:
    desk.grant()
    first = bytes_of()
    desk.grant()
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(first)) as mine, pikepdf.open(io.BytesIO(bytes_of())) as other:
        record = other.attachments["consent-record.json"].get_file().read_bytes()
        mine.attachments["consent-record.json"] = pikepdf.AttachedFileSpec(mine, record, filename="consent-record.json")
        mine.save(output)
    assert upload(desk.visitor(), output.getvalue()).startswith(ALTERED)


@pytest.mark.granted
def test_a_row_that_somebody_added_makes_no_file_exact(desk: Desk) -> None:
    desk.grant()
    forged = bytes_of() + b"forged"
    _record_file(forged, "archived")
    assert upload(desk.visitor(), forged).startswith("NOT CONFIRMED")


def _padding(data: bytes) -> int:
    """A place in the zeros behind the signature, which no signature covers."""
    return data.rindex(b"0" * 64 + b">") + 4


@pytest.mark.granted
def test_a_flip_in_the_padding_is_a_changed_wrapper(desk: Desk) -> None:
    desk.grant()
    data = bytearray(bytes_of())
    data[_padding(bytes(data))] = ord("1")
    page = upload(desk.visitor(), bytes(data))
    assert page.startswith(CHANGED)
    assert f"Letter {letter().number}, today" in page


def flipped(data: bytes, draw: random.Random) -> bytes:
    """The file with one bit turned."""
    other = bytearray(data)
    other[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(other)


@pytest.mark.granted
def test_of_2000_flipped_bits_none_is_exact_even_if_the_seal_were_believed(desk: Desk, monkeypatch: Any) -> None:
    desk.grant()
    good, draw = bytes_of(), random.Random(31)
    blind = judgement.Judgement("", intact=True, valid=True, trusted=True, unchanged=True, whole=True)
    monkeypatch.setattr(files, "judge", lambda _data, *, now: blind)
    monkeypatch.setattr(files, "stated_in", lambda _data: None)
    assert files.judged(good, now=timezone.now()).result == "exact"
    found = {files.judged(flipped(good, draw), now=timezone.now()).result for _ in range(2000)}
    assert found == {"unconfirmed"}


@pytest.mark.granted
def test_flips_inside_the_signed_part_are_altered(desk: Desk) -> None:
    desk.grant()
    good, draw = bytes_of(), random.Random(32)
    signed = good[: good.rindex(b"/Contents")]
    found = [files.judged(flipped(signed, draw) + good[len(signed) :], now=timezone.now()) for _ in range(25)]
    assert {each.result for each in found} == {"altered"}


@pytest.mark.granted
def test_nothing_of_a_file_is_kept(desk: Desk) -> None:
    desk.grant()
    from broker.vault.models import SealedFile

    before = SealedFile.objects.count()
    upload(desk.visitor(), bytes_of() + b"marker-of-this-test")
    assert SealedFile.objects.count() == before


@pytest.mark.granted
def test_a_file_of_another_letter_than_the_open_one_is_said(desk: Desk) -> None:
    desk.grant()
    first = bytes_of()
    desk.grant()
    assert f"not of the letter {letter().number} that you have open" in upload(opened(desk), first)


# --- our own rows, altered after the sealing ----------------------------------------------------------------------


@pytest.mark.granted
@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({"data_types": ["bill", "usage_daily", "usage_15min"]}, "the kinds of data"),
        ({"history_from": "2020-01-01"}, "the days of the past"),
        ({"forward": "2026-12-31"}, "the days to come"),
        ({"ends": "later"}, "beginning and end"),
        ({"state": "suspended"}, "the state"),
        ({"text_sha256": bytes(32)}, "the text that was shown"),
    ],
)
def test_rows_that_were_altered_are_not_passed_on(desk: Desk, columns: dict[str, Any], named: str) -> None:
    desk.grant()
    row = consent()
    if columns.get("ends"):
        columns = {"ends": (row.ends + timedelta(days=30)).isoformat()}
    if columns.get("forward"):
        columns = {"forward": (row.ends - timedelta(days=3)).isoformat()}
    person = opened(desk)
    alter(**columns)
    text = words(person.get("/v/letter/"))
    assert text.startswith("OUR RECORDS DO NOT MATCH THE SEALED LETTER: do not release")
    assert named in text
    assert "What may be released" not in text
    assert "OUR RECORDS DO NOT MATCH" in upload(desk.visitor(), bytes_of())


@pytest.mark.granted
def test_a_stop_that_was_taken_out_of_the_row_is_noticed(desk: Desk) -> None:
    desk.grant()
    actions.revoke(consent(), actor=Actor("c", consent().customer_id), how="dashboard", now=timezone.now())
    alter(state="active", ended_at=None)
    assert words(opened(desk).get("/v/letter/")).startswith("OUR RECORDS DO NOT MATCH")


# --- a chain of renewals ------------------------------------------------------------------------------------------


def test_old_codes_of_a_chain_lead_to_the_newest_and_still_verify(desk: Desk) -> None:
    letters = []
    for _ in range(5):
        desk.grant()
        letters.append(letter())
    rows = [Consent.objects.get(id=each.consent_id) for each in letters]
    for old, new in itertools.pairwise(rows):
        alter(new.id, supersedes_id=old.id)
        with transaction.atomic():
            ref = factories.event("consent.superseded", subject=old.customer_id, obj="consent")
            assert actions.move(old, "superseded", ref=ref, now=timezone.now())
    newest = letters[-1]
    for old in letters[:-1]:
        page = enter(desk.visitor(), old.verification_code)
        text = words(page)
        assert text.startswith("REPLACED by a newer letter")
        assert f"The newest letter is {newest.number}, with the code {newest.verification_code}" in text
    assert words(enter(desk.visitor(), newest.verification_code)).startswith("ACTIVE until")
    kept = LetterFile.objects.filter(letter=letters[0], kind="delivered").get()
    event = factories.read_event(rows[0].customer_id, obj="letter")
    assert "EXACT" in upload(desk.visitor(), vault.open_file(kept.file, under=event))


# --- without us, and the command ----------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, list[str], dict[str, Any]]:
    """Run the command; give its exit code, its lines and its JSON."""
    out, code = StringIO(), 0
    try:
        call_command("verify_loa", *arguments, stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    lines = out.getvalue().splitlines()
    return code, lines, json.loads(lines[-1])


@pytest.mark.granted
def test_the_command_says_what_the_page_says(desk: Desk, tmp_path: Path) -> None:
    desk.grant()
    good, bad, wrapped = tmp_path / "good.pdf", tmp_path / "bad.pdf", tmp_path / "wrapped.pdf"
    good.write_bytes(bytes_of())
    bad.write_bytes(bytes_of().replace(b"<<", b"< ", 1))
    wrapped.write_bytes(bytes_of() + b"\n")
    before = acts()
    code, lines, said = run(str(good), "--code", letter().verification_code.lower())
    assert (code, said["result"], said["standing"], said["code_fits"]) == (0, "exact", "active", True)
    assert lines[0] == "EXACT: byte for byte a file that we issued"
    assert run(str(bad))[0] == 6
    assert run(str(wrapped))[0] == 4
    assert run(str(good), "--offline")[::2] == (0, run(str(good), "--offline")[2])
    assert run(str(wrapped), "--offline")[0] == 4
    assert acts() == before
    shown = tmp_path / "shown.pdf"
    shown.write_bytes(bytes_of("presented"))
    assert run(str(shown))[0] == 3
    actions.revoke(consent(), actor=Actor("c", consent().customer_id), how="dashboard", now=timezone.now())
    code, _lines, said = run(str(good))
    assert (code, said["result"], said["standing"]) == (3, "exact", "revoked")
    desk.grant()
    assert run(str(good), "--code", letter().verification_code)[0] == 6, "the code of another letter"


@pytest.mark.granted
def test_other_programs_read_result_copy_and_state(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shape that `docs` and other people's checks rely on: `{"result","copy","state"}`, alone on one line."""
    desk.grant()
    at = {name: tmp_path / f"{name}.pdf" for name in ("presented", "delivered", "wrapped", "broken")}
    for name in ("presented", "delivered"):
        at[name].write_bytes(bytes_of(name))
    at["wrapped"].write_bytes(bytes_of() + b"\n")
    at["broken"].write_bytes(bytes_of().replace(b"<<", b"< ", 1))

    def told(name: str) -> tuple[int, int, str, str | None, str | None]:
        code, lines, said = run(str(at[name]), "--json")
        return code, len(lines), said["result"], said["copy"], said["state"]

    assert told("delivered") == (0, 1, "exact", "delivered", "active")
    assert told("presented") == (0, 1, "exact", "presented", "active")
    assert told("wrapped") == (4, 1, "changed_wrapper", None, "active")
    assert told("broken") == (6, 1, "not_ours", None, None)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(bytes_of())))
    assert run("-", "--json")[2]["copy"] == "delivered"
    actions.revoke(consent(), actor=Actor("c", consent().customer_id), how="dashboard", now=timezone.now())
    assert told("delivered") == (0, 1, "exact", "delivered", "revoked")
    assert run(str(at["delivered"]), "--json", "--code", new_verification_code())[0] == 6


def test_a_letter_that_is_ahead_of_the_database_is_named(desk: Desk, tmp_path: Path) -> None:
    """Acceptance test 25: after an old copy was put back, a letter sealed since is ours and unknown."""
    shown = render_letter(facts(), rehearsal=True).pdf
    file = tmp_path / "since.pdf"
    signing = {"signer_name": "Jolene E. Sample", "signed_at": SIGNED_AT, "letter_number": facts().number}
    file.write_bytes(seal_and_check(shown, log_proof=LOG_PROOF, **signing))
    code, lines, said = run(str(file))
    assert (code, said["result"], said["ahead"]) == (5, "unconfirmed", facts().number)
    assert [line for line in lines if line.startswith("ahead:")]
    code, _lines, said = run(str(file), "--json")
    assert (code, said["result"], said["ahead"]) == (5, "not_ours", facts().number)


def test_the_command_cannot_look(tmp_path: Path, committing: str) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(str(tmp_path / "none.pdf"))
    there = tmp_path / "there.pdf"
    there.write_bytes(b"")
    with pytest.raises(CommandError, match="one character is wrong"):
        run(str(there), "--code", "AAAA-AAA0")


def test_a_stranger_with_the_file_and_the_root_comes_to_the_same_result(desk: Desk, tmp_path: Path) -> None:
    """What the page “Check without us” says: pdfsig and pyHanko, with the downloaded roots and nothing of ours."""
    from asn1crypto import pem
    from asn1crypto.x509 import Certificate

    desk.grant()
    person = desk.visitor()
    roots = [Certificate.load(pem.unarmor(person.get(f"/v/{name}-root.pem").content)[2]) for name in ("seal", "time")]
    how = person.get("/v/how/")
    assert roots[0].sha256.hex(":").upper() in how.text
    file = tmp_path / "letter.pdf"
    file.write_bytes(bytes_of())
    said = subprocess.run(["pdfsig", str(file)], capture_output=True, text=True, check=False).stdout
    for line in ("Signature is Valid", "Total document signed"):
        assert line in said
        assert line in how.text
    found = validation.inspect(
        file.read_bytes(), judgement.Trust([roots[0]], [roots[1]], trust().crls), now=timezone.now()
    )
    assert found.genuine
    assert found.timestamp is not None
