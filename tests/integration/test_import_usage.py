"""`import_usage`: what would be read, by the command that people run; nothing is imported, and no database is asked."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from broker import sandbox
from broker.rehearsal import paper
from tests.environment import ROOT
from tests.unit.test_importers import SHARED, needs_real_inputs

# What each of the real files must give: totals by role, or the code of its refusal.
READ: dict[str, dict[str, str]] = {
    "smarthub/united_power_daily.csv": {
        "delivered": "72.630", "received": "40.520", "net": "32.110", "demand": "10.672",
    },
    "greenbutton/nisc_smarthub_daily.xml": {
        "delivered": "72.630", "received": "40.520", "net": "32.110", "demand": "10.672",
    },
    "greenbutton/espi_15min_est_with_cost.xml": {"delivered": "93.846"},
    "greenbutton/espi_hourly_pst_year_header.xml": {"delivered": "291.018"},
    "greenbutton/espi_prefixed_no_intervals.xml": {},
}  # fmt: skip
REFUSED = {
    "smarthub/csv-injection-payloads.txt": "channel.forbidden.credentials",  # its formulas look like logins
    "greenbutton/xcel_bill_history.csv": "file.layout_unknown",
    "greenbutton/espi_customer_feed.xml": "file.not_usage",
    "pdf/aa_javascript.pdf": "file.action",
    "pdf/action_importdata.pdf": "file.action",
    "pdf/action_javascript.pdf": "file.javascript",
    "pdf/action_launch.pdf": "file.action",
    "pdf/attachment_txt.pdf": "file.attachments",
    "pdf/attachments_30_pages.pdf": "file.javascript",
    "pdf/autoprint_objstm.pdf": "file.javascript",
    "pdf/embedded_file.pdf": "file.attachments",
    "pdf/encrypt_not_a_dict.pdf": "file.unreadable",
    "pdf/encrypted_aes256_r6.pdf": "file.encrypted",
    "pdf/encrypted_attachment_only.pdf": "file.encrypted",
    "pdf/encrypted_rc4_40.pdf": "file.encrypted",
    "pdf/hostile_huge_numbers.pdf": "file.unreadable",
    "pdf/names_javascript_objstm.pdf": "file.javascript",
    "pdf/no_pages.pdf": "file.unreadable",
    "pdf/not_a_pdf_5_bytes.pdf": "file.type",
    "pdf/fuzz_26_warnings.pdf": "file.type",
    "pdf/fuzz_fl_filter.pdf": "file.type",
    "pdf/tiny_truncated.pdf": "file.type",
}
NO_VALUES = (
    "bad_xref", "broken_but_readable", "cyclic_outline", "no_startxref", "protected_empty_user_password",
    "recursive_xobjects", "self_reference_loop", "simple_no_startxref", "xref_loop",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def closed_at_the_end() -> Any:
    yield
    sandbox.close()


def run(path: Path) -> dict[str, Any]:
    """Give what the command says as JSON; it ends with 1 where the file is refused, and says why."""
    out = io.StringIO()
    refused = ""
    try:
        call_command("import_usage", str(path), "--utility", "obec", "--json", stdout=out)
    except CommandError as no:
        refused = f"{no.returncode} {no}"
    found: dict[str, Any] = json.loads(out.getvalue())
    assert refused.startswith(f"1 {found['refused']}: ") if "refused" in found else refused == ""
    return found


@needs_real_inputs
def test_every_real_file_is_read_or_refused_as_it_should_be() -> None:
    for name, totals in READ.items():
        found = run(SHARED / name)
        assert ({each["role"]: each["total"] for each in found["series"]}, set(found)) == (
            totals, {"layout", "zone", "series"},
        ), name  # fmt: skip
        assert all(set(each) == {"role", "unit", "resolution", "count", "total"} for each in found["series"])
    for name, code in REFUSED.items():
        found = run(SHARED / name)
        assert (found["layout"], found["series"], found["refused"]) == (None, [], code), name
    for name in NO_VALUES:
        found = run(SHARED / "pdf" / f"{name}.pdf")
        assert (found["layout"], found["series"]) == ("bill_pdf", []), name
    there = {
        f"{each.parent.name}/{each.name}"
        for kind in ("smarthub", "greenbutton", "pdf")
        for each in (SHARED / kind).iterdir()
    }
    assert there == {*READ, *REFUSED, *(f"pdf/{name}.pdf" for name in NO_VALUES)}


@needs_real_inputs
def test_no_pdf_kills_the_process_that_reads_it() -> None:
    for each in sorted((SHARED / "pdf").glob("*.pdf")):
        assert run(each)["series"] == [], each.name
    assert run(SHARED / "smarthub" / "united_power_daily.csv")["layout"] == "smarthub.A"


def archive(members: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return path


def usage() -> bytes:
    made = paper.usage_csv(account="40900017", first=date(2025, 10, 1), delivered=[Decimal("1.5"), Decimal("2.5")])
    return made.encode()


def test_the_portals_archive_is_its_one_file(tmp_path: Path) -> None:
    found = run(archive({"a/green.csv": usage(), "green_formatted.html": b"<script>"}, tmp_path / "usage.zip"))
    assert (found["layout"], found["series"][0]["total"]) == ("smarthub.A", "4.000")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "file.type"),
        ({"a.csv": usage(), "b.csv": usage()}, "file.layout_unknown"),
        ({"a.csv": usage(), "b.zip": b"PK"}, "file.layout_unknown"),
        ({"a.csv": usage(), "run.exe": b"MZ"}, "file.layout_unknown"),
        ({"only.html": b"<html>"}, "file.layout_unknown"),
        ({"a.csv": b" " * 30_000_000}, "file.unreadable"),
        ({"a.csv": b"a" * 2_000_000}, "file.unreadable"),
        ({f"{n}.html": b"" for n in range(11)}, "file.unreadable"),
    ],
    ids=["empty", "two files", "nested", "a program", "no usage", "grows too large", "a bomb", "too many"],
)
def test_other_archives_are_refused(tmp_path: Path, members: dict[str, bytes], code: str) -> None:
    assert run(archive(members, tmp_path / "usage.zip"))["refused"] == code


def test_an_archive_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    path = archive({"a.csv": b"x" * 50_000}, tmp_path / "usage.zip")
    data = path.read_bytes()
    path.write_bytes(data.replace((50_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert run(path)["refused"] == "file.unreadable"


def test_a_file_with_a_login_in_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_bytes(usage() + b"username: rita, my SmartHub password is Rehearsal!Fence7\n")
    assert run(path)["refused"] == "channel.forbidden.credentials"


def test_what_a_bill_says_it_comes_to_is_read_where_it_is_sure(tmp_path: Path) -> None:
    path = tmp_path / "bill.pdf"
    path.write_bytes(paper.bill(account="40900017"))
    found = run(path)
    assert found["series"] == [{"role": "billed", "unit": "USD", "resolution": "P1M", "count": 1, "total": "98.11"}]


def test_standard_input_and_a_picture_work_without_any_setting_but_the_key(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "import_usage", "-", "--utility", "obec", "--picture"],
        cwd=ROOT, input=usage(), capture_output=True, check=True,
    )  # fmt: skip
    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["layout  smarthub.A", "zone    America/Chicago"]
    assert lines[2] == "series  delivered: 2 values of P1D, total 4.000 kWh, 2025-10-01 through 2025-10-02"
    assert lines[4].split() == ["2025-10-02", "2.500", "#" * 40]
    assert b"40900017" not in done.stdout + done.stderr


def test_a_utility_that_nobody_knows_and_a_file_that_is_not_there_are_said() -> None:
    for arguments in (("-", "--utility", "nobody"), ("/nowhere/usage.csv", "--utility", "obec")):
        with pytest.raises(CommandError):
            call_command("import_usage", *arguments)


def test_a_utility_whose_zone_nobody_told_us_is_read_in_the_zone_of_decisions() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "import_usage", "-", "--utility", "craighead"],
        cwd=ROOT, input=usage(), capture_output=True, check=True,
    )  # fmt: skip
    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["layout  smarthub.A", "zone    America/Chicago"]
    assert "nobody told us this utility's zone" in lines[2]
