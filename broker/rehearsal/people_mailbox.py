"""The mail server of all customers, recipients and staff of a rehearsal, and a page to read their mail.

`GET /` and `GET /mails/N` (pages) · `GET /mails?to=&after=&subject=` · `GET /mails/N/raw` ·
`GET /mails/N/attachments/I` (from 0) · `GET /health`
"""

import re
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import Envelope, Session

from broker.rehearsal import pages
from broker.rehearsal.maildrop import Maildrop
from broker.rehearsal.serving import HttpServer, Reply, Request, SmtpServer, parser, serve_until_told

_PAGE = re.compile(r"/mails/(\d+)")
_MAIL = re.compile(r"/mails/(\d+)/(raw|attachments/(\d+))")


class PeopleMailbox:
    """Accepts every mail and shows it to whoever plays its reader."""

    def __init__(self, folder: Path, *, port: int = 0, http_port: int = 0, token: str = "") -> None:
        self.mails = Maildrop(folder)
        self.token = token
        self._smtp = SmtpServer(self, port=port)
        self._http = HttpServer(self._serve, port=http_port)
        self.url = self._http.url

    @property
    def port(self) -> int:
        """The SMTP port."""
        return int(self._smtp.port)

    def start(self) -> Self:
        """Begin to take mail and to show it."""
        self._smtp.start()
        self._http.start()
        return self

    def stop(self) -> None:
        """Stop both servers."""
        self._http.stop()
        self._smtp.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def facts(self) -> dict[str, Any]:
        """Give the ports."""
        return {"name": "people_mailbox", "smtp": self.port, "http": self._http.port}

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        """Keep a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        number = self.mails.put(content, sender=str(envelope.mail_from), recipients=list(envelope.rcpt_tos))
        return f"250 2.0.0 kept as {number}"

    def _serve(self, request: Request) -> Reply:
        if request.path == "/health":
            return Reply(body={"name": "people_mailbox", "token": self.token})
        if request.path == "/mails":
            found = self.mails.search(
                to=request.first("to"), after=int(request.first("after", "0")), subject=request.first("subject")
            )
            return Reply(body={"mails": found})
        if request.path == "/":
            return pages.inbox(self.mails, title="Mail of the rehearsal")
        return mail_part(self.mails, request.path)


def mail_part(mails: Maildrop, path: str, *, clerk: bool = False) -> Reply:
    """Serve a mail as a page, as it came, or one of its attachments."""
    if shown := _PAGE.fullmatch(path):
        return pages.letter(mails, int(shown[1]), clerk=clerk)
    match = _MAIL.fullmatch(path)
    if not match or int(match[1]) not in mails.numbers():
        return Reply(404, {"detail": "no such page"})
    if match[2] == "raw":
        return Reply(body=mails.raw(int(match[1])), headers={"Content-Type": "message/rfc822"})
    parts = mails.attachments(int(match[1]))
    if int(match[3]) >= len(parts):
        return Reply(404, {"detail": "no such attachment"})
    part = parts[int(match[3])]
    return Reply(body=part.get_payload(decode=True), headers={"Content-Type": part.get_content_type()})


def main() -> None:
    """Run as a program."""
    options = parser(__doc__ or "")
    options.add_argument("--http-port", type=int, default=0)
    options.add_argument("--folder", type=Path, required=True, help="where mails are kept")
    given = options.parse_args()
    serve_until_told(PeopleMailbox(given.folder, port=given.port, http_port=given.http_port, token=given.token))


if __name__ == "__main__":
    main()
