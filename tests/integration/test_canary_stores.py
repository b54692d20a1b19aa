"""The search finds what it is meant to find: a canary that sings nowhere proves nothing otherwise."""

import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone

from tests.integration.canary_stores import backed_up, hits, renew, secret

WRITTEN = {
    "as it is": lambda text: text,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, one letter on": lambda text: base64.b64encode(f"x{text}".encode()).decode(),
    "base64, two letters on": lambda text: base64.b64encode(f"xy{text}".encode()).decode(),
    "percent": lambda text: quote(text, safe=""),
    "hexadecimal": lambda text: text.encode().hex(),
}


@pytest.fixture(autouse=True)
def anew() -> None:
    renew()


@pytest.mark.parametrize("how", WRITTEN)
def test_a_secret_in_the_database_is_found(committing: str, how: str) -> None:
    assert not hits([("a form", secret(7))])
    held = WRITTEN[how](f"{secret(7)} and more")
    Session.objects.create(session_key="a" * 32, session_data=held, expire_date=timezone.now())
    assert "a form in database" in hits([("a form", secret(7)), ("another", secret(8))])
    assert not [each for each in hits([("another", secret(8))]) if each.startswith("another")]


@pytest.mark.parametrize("how", WRITTEN)
def test_a_secret_in_a_file_is_found(sqlite_db: str, tmp_path: Path, how: str) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "1.eml").write_text(WRITTEN[how](f"{secret(9)} and more"))
    assert "a mail in spool/1.eml" in hits([("a mail", secret(9))], tmp_path)


def test_a_secret_in_a_backup_is_found(committing: str, tmp_path: Path) -> None:
    Session.objects.create(session_key="b" * 32, session_data=secret(12), expire_date=timezone.now())
    found = hits([("a form", secret(12))], *backed_up(tmp_path / "kept"))
    inside = "database.sql" if committing == "postgresql" else "database.sqlite3"
    assert [each for each in found if each.startswith("a form in") and each.endswith(inside)]


def test_a_secret_in_the_cache_or_cut_short_is_found(sqlite_db: str, tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text(secret(10)[:-4])
    cache.set("x", secret(11))
    try:
        assert hits([("a header", secret(11))], tmp_path) == [
            "a header in cache",
            "the beginning of one in cache",
            "the beginning of one in said.txt",
        ]
    finally:
        cache.delete("x")
