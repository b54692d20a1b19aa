"""Hostile words in Host, in headers of proxies and in addresses to go on to: nothing leads elsewhere or comes back."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from broker.audit import signer
from broker.parties.models import Role
from tests.integration.audit_support import integrate, log_world
from tests.security import production, walking

EVIL = "evil-marker.example"
HTTPS: dict[str, Any] = {"secure": True, "SERVER_NAME": production.HOST}
# Where somebody else wants a browser to go on to, in the spellings that have fooled programs.
NEXT = (
    f"https://{EVIL}/", f"http://{EVIL}/", f"//{EVIL}/", f"///{EVIL}/", f"////{EVIL}/", f"\\\\{EVIL}\\", f"/\\{EVIL}/",
    f"\\/{EVIL}/", f"/\t/{EVIL}/", f"/\n/{EVIL}/", f"/%09/{EVIL}/", f"/%2f%2f{EVIL}/", f"//%5c{EVIL}/",
    f"https:/{EVIL}/", f"https:{EVIL}/", f"https:\\\\{EVIL}/", f"HTTPS://{EVIL}/", f" https://{EVIL}/", f"\u3000https://{EVIL}/",
    f"https://{production.HOST}@{EVIL}/", f"https://{EVIL}#@{production.HOST}/", f"https://{production.HOST}.{EVIL}/",
    f"https://{EVIL}\\@{production.HOST}/", f"https://{EVIL}?{production.HOST}", f"https://{production.HOST}:443@{EVIL}/",
    f"javascript:alert('{EVIL}')", f"JaVaScRiPt:alert('{EVIL}')", f"java\nscript:alert('{EVIL}')",
    f"data:text/html,<script>alert('{EVIL}')</script>", f"vbscript:{EVIL}", f"ftp://{EVIL}/", f"file://{EVIL}/etc/passwd",
    f"//{EVIL}%00.{production.HOST}/", f"/..//{EVIL}/", f"/./\\{EVIL}/", f"https://{EVIL}／", f"／／{EVIL}／",
    f"//{EVIL}:80/", f"//[::1]@{EVIL}/", f"<script>{EVIL}</script>",
    f'"><img src=x onerror={EVIL}>', f"{EVIL}\r\nSet-Cookie: a=b",
)  # fmt: skip
HOSTS = (
    EVIL, f"{EVIL}:443", f"{production.HOST}.{EVIL}", f"{production.HOST}@{EVIL}", f"{production.HOST}:{EVIL}",
    f"{production.HOST},{EVIL}", f"{production.HOST} {EVIL}", f"{EVIL}#{production.HOST}", f"[::1]{EVIL}", f".{EVIL}",
    f"{EVIL}/{production.HOST}", f"{production.HOST}\t{EVIL}", f"{production.HOST}.", "", "127.0.0.1", "localhost",
    f"xn--{EVIL}", f"{production.HOST}%00{EVIL}", f"{production.HOST}／{EVIL}", "*",
)  # fmt: skip


@pytest.fixture
def live(sqlite_db: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    production.apply(settings)
    with log_world(settings, tmp_path) as desk:
        yield desk


def forwarded(value: str) -> dict[str, str]:
    """Everything that only a proxy should say, said by a stranger."""
    plain = value.encode("ascii", "ignore").decode().replace("\r", "").replace("\n", "")
    names = (
        "X-Forwarded-Host",
        "X-Forwarded-Server",
        "X-Host",
        "X-Original-URL",
        "X-Rewrite-URL",
        "Forwarded",
        "Referer",
    )
    more = {"X-Forwarded-For": f"{EVIL}, 10.0.0.1", "X-Real-IP": EVIL, "X-Forwarded-Prefix": plain}
    return {**dict.fromkeys(names, plain), **more, "X-Forwarded-Port": "99", "X-HTTP-Method-Override": "DELETE"}


def stays_here(answer: Any, path: str) -> bool:
    if "Location" not in answer.headers:
        return True
    to = urlsplit(urljoin(f"https://{production.HOST}{path}", answer["Location"]))
    return to.scheme == "https" and to.netloc == production.HOST and "\\" not in answer["Location"]


# Where a browser goes to or runs what an attribute says; and what runs by itself.
RUNS = re.compile(r"(?:href|src|action)\s*=\s*[\"']?[\x00-\x20]*(?:java\s*script|data|vbscript)\s*:", re.IGNORECASE)
RAW = (f"<script>{EVIL}", f"<script>alert('{EVIL}')", f"<img src=x onerror={EVIL}", f"//{EVIL}")


def repeats(answer: Any, path: str) -> bool:
    """Say whether the stranger's word stands in the answer, where it is not the very field that was filled in."""
    words = "".join(f"{name}: {value}\n" for name, value in answer.headers.items() if name != "Location")
    if EVIL in words or "Set-Cookie: a=b" in words or "a" in answer.cookies:
        return True
    return not answer.streaming and carries(answer.content.decode(errors="replace"))


def carries(body: str) -> bool:
    """Say whether one of the values came back as something that a browser goes to or runs."""
    return any(each in body for each in RAW) or RUNS.search(body) is not None


@pytest.mark.parametrize("value", NEXT)
def test_each_value_that_comes_back_is_noticed(value: str) -> None:
    """As a link, and raw as text where it is markup; escaped as a text it is what somebody typed, and runs nothing."""
    if "script" in value.lower() or "data:" in value or "onerror" in value or f"//{EVIL}" in value:
        assert carries(f'<p><a href="{value}">x</a></p>') or carries(f"<p>{value}</p>"), value
    assert not carries(f"<p>{html.escape(value)}</p>") or f"//{EVIL}" in value


def test_nothing_leads_elsewhere_and_nothing_is_repeated(live: signer.Desk) -> None:
    """Each address with each value: as a page to go on to, and in every header that a proxy would write."""
    all_ = walking.crowd()
    integrate(live.answer)
    browsers = [all_.browsers["stranger"], all_.browsers["officer"]]
    asked = 0
    for number, (place, path) in enumerate(walking.paths()):
        for at, value in enumerate(NEXT):
            if (number + at) % 4:  # each address meets ten of the values, each value a quarter of the addresses
                continue
            browser = browsers[at % 2]
            for answer in (
                browser.get(path, {"next": value, "to": value, "return": value}, headers=forwarded(value), **HTTPS),
                browser.post(path, {"next": value, "language": "es"}, headers=forwarded(value), **HTTPS),
            ):
                asked += 1
                assert stays_here(answer, path), (place, value, answer["Location"])
                assert not repeats(answer, path), (place, value)
                assert answer.status_code != 500, (place, value)
    assert asked > 4000


@pytest.mark.parametrize("value", NEXT)
def test_a_sign_in_leads_to_our_own_pages_alone(live: signer.Desk, value: str) -> None:
    """The pages that do go on to where they were told: the language, the sign-in, the end of a session."""
    all_ = walking.crowd()
    officer = all_.browsers["officer"]
    for answer, path in (
        (officer.post("/language/setlang/", {"language": "es", "next": value}, **HTTPS), "/language/setlang/"),
        (Client().post("/language/setlang/", {"language": "es"}, headers={"Referer": value.strip()}, **HTTPS), "/"),
        (officer.get("/after-login/", {"next": value}, **HTTPS), "/after-login/"),
        (Client().get("/console/", {"next": value}, **HTTPS), "/console/"),
        (officer.post("/logout/", {"next": value}, **HTTPS), "/logout/"),
    ):
        # 403: the gate takes what looks like a login in an address for one.
        assert answer.status_code in {204, 302, 400, 403}, path
        assert stays_here(answer, path), (path, answer.get("Location"))


def test_no_other_host_is_answered(live: signer.Desk) -> None:
    """Every address under one foreign name, and some under every spelling of one."""
    walking.crowd()
    integrate(live.answer)
    for number, (place, path) in enumerate(walking.paths()):
        for host in HOSTS if number % 40 == 0 else HOSTS[:1]:
            answer = Client().get(path, secure=True, headers={"Host": host})
            same = host == f"{production.HOST}."  # the same name, written to its end
            assert same or answer.status_code == 400, (place, host, answer.status_code)
            assert EVIL not in answer.content.decode(errors="replace"), (place, host)
            assert EVIL not in answer.get("Location", ""), (place, host)


def test_what_is_no_page_of_ours_is_not_there(live: signer.Desk) -> None:
    """No source, settings, listing or file under a page's address; and none of it may be kept by a cache."""
    walking.crowd()
    browsers = [
        Client(),
        walking.logged_in(walking.create_user("o", "O", Role.OFFICER, password=None, actor=walking.ACTOR)),
    ]
    for path in (
        "/.git/config", "/.git/HEAD", "/.svn/entries", "/.env", "/.env.example", "/manage.py", "/pyproject.toml",
        "/static/", "/static/broker/", "/static/../broker/settings.py", "/static/%2e%2e/%2e%2e/broker/settings.py",
        "/static/..%2f..%2f.env", "/static//etc/passwd", "/media/", "/files/", "/broker/settings.py", "/server-status",
        "/metrics", "/debug/", "/__debug__/", "/wp-login.php", "/my/x.css", "/console/x.js", "/recipient/logo.png",
        "/my/access/x.css", "/static/broker/broker.css.map", "/static/broker/.DS_Store", "/backup.sql",
        "/broker.sqlite3",
    ):  # fmt: skip
        for browser in browsers:
            answer = browser.get(path, **HTTPS)
            assert answer.status_code == 404, (path, answer.status_code)
            assert "no-store" in answer["Cache-Control"], path
