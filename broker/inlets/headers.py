"""What somebody wrote into headers and cookies: a value says what it is only with its name (rules).

Browsers, proxies and programs write most of them. Of a header whose name a standard fixes the value alone is read; of
any other one its name, its value, both, and all of them as one: a name may hold the secret itself, or half of it.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest

from broker.inlets.exempt import COOKIES, HEADERS, NAMED, OLDER_COOKIES, STANDARD, TOKEN_IN_HEADER
from broker.parties.keys import WRITTEN

LONGEST = 2_000  # characters of a value that is read together with the others; a longer one is read with its name alone
API = "/api/"
LEAST_TOKEN = 16  # signs of what a program makes by chance
# What a program makes by chance for a cookie of ours: no blank, and none of the signs that only people write.
_MADE = re.compile(r"[A-Za-z0-9_:.=+/-]*")
_KEY, _BEARER = re.compile(WRITTEN), "bearer "
# A key of ours that was cut, or copied with a sign too many: it opens nothing, and its sender is told that, not that it
# is a portal's. What stands behind our own first letters is read as words all the same.
_DAMAGED = re.compile(r"obk_(?:live|test)_([A-Za-z0-9_-]{0,80})")
_WORDS = re.compile(r"[^\W\d_]{2,} [^\W\d_]{2,}")
_SHOWN = frozenset({"Idempotency-Key", "User-Agent", "X-Request-Id", "Authorization", "Cookie"})


def of_headers(request: HttpRequest, view: str) -> Iterator[tuple[str, str, str]]:
    """Give each text: the place that may be repeated, the kind of inlet, and the text."""
    free: list[tuple[str, str]] = []
    for header, value in request.headers.items():
        name = header.lower()
        if name == "cookie" or name in HEADERS or _is_our_key(name, value, view):
            continue
        place = f"header {header if header in _SHOWN else '(name not shown)'}"
        if name == "authorization" and (damaged := _DAMAGED.fullmatch(_borne(value))) is not None:
            yield place, "web_form", damaged[1]
            continue
        yield place, "web_form", value
        if name in NAMED:
            continue
        plain = name.removeprefix("x-").replace("-", "_")
        # As a query is read: the engine knows best there that a name is a program's.
        yield place, "url_param", f"?{plain}={value}"
        if not name.startswith(STANDARD):
            yield place, "web_form", header.replace("-", " ")
            free += [(plain, value)] if len(value) <= LONGEST else []
    yield from _together("header (name not shown)", free)
    by_browser = not request.path_info.startswith(API)
    yield from _of_cookies(request.headers.get("Cookie", ""), by_browser=by_browser)


def _of_cookies(header: str, *, by_browser: bool) -> Iterator[tuple[str, str, str]]:
    """Give the cookies that are neither ours nor those of trackers whose names sound like a login's.

    A browser sends by itself what a site of the same domain has set: on a page no session of another site is read, or
    who is signed in at her co-op could open none of ours.
    """
    place, foreign = "header Cookie", []
    for each in filter(None, (each.strip() for each in header.split(";"))):
        name, equals, value = each.partition("=")
        if not equals:
            yield place, "web_form", each
        elif by_browser and len(value) >= LEAST_TOKEN and _MADE.fullmatch(value):
            continue
        elif not (_is_ours(name, value) or name.startswith(COOKIES)):
            foreign.append((name, value))
    for name, value in foreign:
        yield place, "url_param", f"?{name}={value}"
        if " " in (said := unquote(value)) or "%" in value:
            yield place, "web_form", said
    short = [(name, value) for name, value in foreign if len(value) <= LONGEST]
    # Only beside words: of opaque values two in a row look like a name and a password.
    if any(_WORDS.search(unquote(value)) for _name, value in short):
        yield from _together(place, [(name, value) for name, value in short if not _MADE.fullmatch(unquote(value))])


def _together(place: str, pairs: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    if len(pairs) > 1:
        yield place, "web_form", "\n".join(f"{name}: {unquote(value)}" for name, value in pairs)
        yield place, "web_form", "\n".join(unquote(value) for _name, value in pairs)


def _is_ours(name: str, value: str) -> bool:
    ours = {
        settings.SESSION_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME,
        settings.LANGUAGE_COOKIE_NAME,
        settings.KNOWN_BROWSER_COOKIE_NAME,
    }
    return (name in ours or name in OLDER_COOKIES) and _MADE.fullmatch(value.strip('"')) is not None


def _borne(value: str) -> str:
    return value[len(_BEARER) :].strip() if value.lower().startswith(_BEARER) else ""


def _is_our_key(name: str, value: str, view: str) -> bool:
    """Say whether this is a key as ours are written, or a token in its one place beside it; all else is read."""
    if name != "authorization":
        return False
    token = _borne(value)
    if view in TOKEN_IN_HEADER:
        return len(token) >= LEAST_TOKEN and _MADE.fullmatch(token) is not None
    return _KEY.fullmatch(token) is not None
