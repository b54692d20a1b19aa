"""The recipient's own program, as far as it gets word from us: each message is checked with the key of its endpoint.

`POST /hook` (what we send) · `POST /key {"secret"}` (whoever set the endpoint up hands its key over) · `GET /words` ·
`GET /` (page) · `GET /health`. A message that no key of it signed is answered 401 and shown as such.
"""

import html
import threading
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError

from broker.rehearsal import pages
from broker.rehearsal.serving import HttpServer, Reply, Request, parser, serve_until_told


class ApplicationServer:
    """Takes our messages and shows them; it forgets them when it ends."""

    def __init__(self, *, port: int = 0, token: str = "") -> None:
        self.token = token
        self.words: list[dict[str, Any]] = []
        self._keys: list[str] = []
        self._lock = threading.Lock()
        self._http = HttpServer(self._serve, port=port)
        self.url = self._http.url

    def start(self) -> Self:
        """Begin to listen."""
        self._http.start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._http.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def facts(self) -> dict[str, Any]:
        """Give the port."""
        return {"name": "application", "http": self._http.port}

    def _serve(self, request: Request) -> Reply:
        if request.path == "/health":
            return Reply(body={"name": "application", "token": self.token})
        if request.method == "POST" and request.path == "/hook":
            return self._take(request)
        if request.method == "POST" and request.path == "/key":
            with self._lock:
                self._keys.append(str(request.json()["secret"]))
            return Reply(204)
        if request.path == "/words":
            return Reply(body={"words": self.words})
        return self._page() if request.path == "/" else Reply(404, {"detail": "no such page"})

    def _take(self, request: Request) -> Reply:
        said = self._checked(request)
        with self._lock:
            shown = said or {"type": "not signed by a key of ours", "data": {}}
            self.words.append({"id": request.headers.get("webhook-id", ""), "signed": said is not None, **shown})
        return Reply(204 if said is not None else 401, {})

    def _checked(self, request: Request) -> dict[str, Any] | None:
        for key in self._keys:
            try:
                found: dict[str, Any] = Webhook(key).verify(request.body, dict(request.headers.items()))
            except WebhookVerificationError:
                continue
            return found
        return None

    def _page(self) -> Reply:
        rows = "".join(_row(each) for each in reversed(self.words))
        table = f"<table><tr><th>What</th><th>Ids</th><th>Signed</th></tr>{rows}</table>"
        return pages.page("What the recipient’s program was told", table if rows else "<p>Nothing yet.</p>")


def _row(word: dict[str, Any]) -> str:
    ids = ", ".join(f"{name} {value}" for name, value in word["data"].items())
    signed = "yes" if word["signed"] else "no"
    return f"<tr><td>{html.escape(word['type'])}</td><td>{html.escape(ids)}</td><td>{signed}</td></tr>"


def main() -> None:
    """Run as a program."""
    given = parser(__doc__ or "").parse_args()
    serve_until_told(ApplicationServer(port=given.port, token=given.token))


if __name__ == "__main__":
    main()
