"""The virus scanner: a real clamd with a signature of the tests' own; its absence and its silence are said."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from requests_app.inbound.models import Examination
from requests_app.models import ReceivedFile
from tests.integration.mail_support import signed_in, take
from tests.requests_world import coop, reply, run_job, world

MARK = b"the-mark-that-our-own-signature-finds"


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[str]:
    """A clamd of the test's own, ended by its process id; gives its socket."""
    data = tmp_path / "signatures"
    data.mkdir()
    (data / "own.ndb").write_text(f"Own.Test.Mark:0:*:{MARK.hex()}\n")
    line, settings = tmp_path / "clamd.sock", tmp_path / "clamd.conf"
    settings.write_text(
        f"LocalSocket {line}\nDatabaseDirectory {data}\nForeground yes\nLogFile {tmp_path / 'clamd.log'}\n"
        f"TemporaryDirectory {tmp_path}\nUser root\n"
    )
    server = subprocess.Popen(["clamd", "-c", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not line.exists():
            assert server.poll() is None, (tmp_path / "clamd.log").read_text()
            time.sleep(0.1)
        yield str(line)
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture
def manual(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    w = world()
    with coop(tmp_path / "coop", settings):
        found = w.manual()
        run_job("manual.send", found.id)
        found.refresh_from_db()
        yield found


def test_what_the_scanner_finds_stays_closed_and_what_it_passes_says_who_looked(
    manual: Any, clamd: str, settings: Any
) -> None:
    from tests.integration.mail_support import mail

    settings.CLAMD_SOCKET = clamd
    take(mail(files={"good.csv": b"a,b\n1,2\n", "bad.csv": b"a,b\n" + MARK + b",2\n"}), manual)
    found = {tuple(each.codes): each.scanner for each in Examination.objects.all()}
    assert set(found) == {(), ("file.virus",)}
    assert all(each.startswith("ClamAV") for each in found.values())
    bad = ReceivedFile.objects.get(verdict="file.virus")
    person = signed_in()
    assert "ClamAV" in person.get(f"/admin/files/{bad.id}/").content.decode()
    assert person.post(f"/admin/files/{bad.id}/open/").status_code == 302


def test_without_a_scanner_the_desk_is_told_that_none_looked(manual: Any) -> None:
    take(reply(manual), manual)
    page = signed_in().get(f"/admin/files/{ReceivedFile.objects.get().id}/").content.decode()
    assert "no scanner is configured" in page


def test_a_scanner_that_does_not_answer_keeps_the_file_closed_until_it_does(
    manual: Any, clamd: str, settings: Any, tmp_path: Path
) -> None:
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    take(reply(manual), manual)
    file, person = ReceivedFile.objects.get(), signed_in()
    assert file.verdict == "file.scanner_down"
    assert "file.scanner_down" in person.get(f"/admin/files/{file.id}/").content.decode()
    settings.CLAMD_SOCKET = clamd
    page = person.get(f"/admin/files/{file.id}/").content.decode()
    assert "file.scanner_down" not in page
    assert "ClamAV" in page
