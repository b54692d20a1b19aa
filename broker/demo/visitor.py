"""A stranger with a browser: cookies, links and forms over HTTP, nothing of Django."""

import re
import ssl
from functools import cache
from html import unescape

import httpx
import pypdfium2

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
WORD = re.compile(r"(?:letter is signed|firma esta carta):\s*([A-Z0-9]{4})\b")


def word_of(letter: bytes) -> str:
    """Read in a letter the word that the signing page asks for, as a person does."""
    found = WORD.search(text_of(letter))
    if not found:
        raise UnexpectedPage("the letter holds no word")
    return found[1]


def text_of(letter: bytes) -> str:
    """Give what a letter says, on one line."""
    document = pypdfium2.PdfDocument(letter)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_bounded().split()) for page in document)
    finally:
        document.close()


@cache
def tls() -> ssl.SSLContext:
    """Give the checks of certificates, the same for every visitor: reading the roots takes as long as a page."""
    return httpx.create_ssl_context(trust_env=False)


class UnexpectedPage(Exception):
    """A page was not what a step of the play needs."""


class Visitor:
    """One person's browser session."""

    def __init__(self, base_url: str, client: httpx.Client | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.http = client or httpx.Client(
            base_url=self.base_url, follow_redirects=True, timeout=60, trust_env=False, verify=tls()
        )

    def get(self, path: str, *, expect: int = 200) -> httpx.Response:
        """Open a page."""
        answer = self.http.get(path)
        return self._expect(answer, expect)

    def submit(
        self,
        path: str,
        data: dict[str, object] | None = None,
        *,
        action: str | None = None,
        files: dict[str, tuple[str, bytes, str]] | None = None,
        expect: int = 200,
    ) -> httpx.Response:
        """Open a page, fill its form and send it."""
        page = self._expect(self.http.get(path), 200)
        found = TOKEN.search(page.text)
        if not found:
            raise UnexpectedPage(f"no form at {path}")
        fields = {**(data or {}), "csrfmiddlewaretoken": unescape(found.group(1))}
        target = action or str(page.url)
        answer = self.http.post(target, data=fields, files=files, headers={"Referer": str(page.url)})
        return self._expect(answer, expect)

    def field(self, page: httpx.Response, name: str) -> str:
        """Read a hidden field of a page."""
        found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page.text)
        if not found:
            raise UnexpectedPage(f"no field {name}")
        return unescape(found.group(1))

    def field_value(self, page: httpx.Response, name: str) -> str:
        """Read what a form proposes: an input's value or the chosen option."""
        chosen = re.search(rf'<select[^>]*name="{name}".*?<option value="([^"]*)" selected', page.text, re.DOTALL)
        typed = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page.text)
        found = chosen or typed
        if not found:
            raise UnexpectedPage(f"no value of {name}")
        return unescape(found.group(1))

    def _expect(self, answer: httpx.Response, status: int) -> httpx.Response:
        if answer.status_code != status:
            text = re.sub(r"<[^>]+>|\s+", " ", answer.text)[:300]
            raise UnexpectedPage(
                f"{answer.request.method} {answer.url.path}: {answer.status_code}, not {status}: {text}"
            )
        return answer
