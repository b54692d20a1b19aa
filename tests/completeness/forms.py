"""Forms as a browser sends them, in two halves: the page is opened before the watch, the sending is watched alone."""

from collections.abc import Callable
from html import unescape

import httpx

from broker.demo.visitor import TOKEN, UnexpectedPage, Visitor

type File = tuple[str, bytes, str]


def form(
    person: Visitor,
    page: str,
    data: dict[str, object] | None = None,
    *,
    to: str | None = None,
    files: dict[str, File] | list[tuple[str, File]] | None = None,
) -> Callable[[], httpx.Response]:
    """Open a page now; give what sends its form later, to one address and no further."""
    opened = person.get(page)
    found = TOKEN.search(opened.text)
    if not found:
        raise UnexpectedPage(f"no form at {page}")
    fields = {**(data or {}), "csrfmiddlewaretoken": unescape(found[1])}
    target = person.http.base_url.join(to) if to else opened.url

    def send() -> httpx.Response:
        headers = {"Referer": str(opened.url)}
        answer = person.http.post(target, data=fields, files=files, headers=headers, follow_redirects=False)
        assert answer.status_code < 500, answer.status_code
        return answer

    return send


def page(person: Visitor, path: str, *, expect: int = 200) -> Callable[[], httpx.Response]:
    """Give what opens one address and follows nothing."""

    def get() -> httpx.Response:
        answer = person.http.get(path, follow_redirects=False)
        assert answer.status_code == expect, (answer.status_code, answer.text[:200])
        return answer

    return get
