"""The co-op's own mail server and its billing clerk.

`POST /orders {"next": "refuse_4xx"|"refuse_5xx"|"drop_after_data"|"accept", "times": 1}` · `POST /reply {…}` ·
`POST /success_dsn {"id"}` · `POST /clerk {"token", "what", "wanted"}` (`clerk.py`) · `GET /mails?after=&subject=` ·
`GET /mails/N/raw` · `GET /mails/N/attachments/I` · `GET /health`. The clerk answers to the Reply-To of the
mail, through the broker's own mail listener.
"""

import smtplib
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import Envelope, Session

from broker.rehearsal import clerk, pages, paper
from broker.rehearsal.clock import now
from broker.rehearsal.maildrop import Maildrop
from broker.rehearsal.people_mailbox import mail_part
from broker.rehearsal.reports import SERVER, failure_dsn, success_dsn
from broker.rehearsal.serving import LOOPBACK, HttpServer, Reply, Request, SmtpServer, parser, serve_until_told

ORDERS = ("accept", "refuse_4xx", "refuse_5xx", "drop_after_data")
RECEIVER = "mx.broker.example"  # the broker's own mail server, which stands before the listener and is played here


class CoopMailbox:
    """Takes the broker's mail as the co-op's own server would, or refuses as ordered; answers as its clerk would."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        http_port: int = 0,
        listener: str = "",
        listener_protocol: str = "lmtp",
        address: str = "billing@coop.example",
        usage_file: Path | None = None,
        token: str = "",
    ) -> None:
        self.mails = Maildrop(folder)
        self.listener, self.listener_protocol = listener, listener_protocol
        self.address, self.usage_file, self.token = address, usage_file, token
        self.attempts = 0
        self._order, self._times = "accept", 0
        self._late, self._refused = clerk.Late(folder), set[str]()
        self._smtp = SmtpServer(self, port=port, server_hostname=SERVER)
        self._http = HttpServer(self._serve, port=http_port)
        self.url = self._http.url

    @property
    def port(self) -> int:
        """The SMTP port."""
        return int(self._smtp.port)

    def start(self) -> Self:
        """Begin to take mail."""
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
        return {"name": "coop_mailbox", "smtp": self.port, "http": self._http.port}

    def order(self, what: str, times: int = 1) -> None:
        """Behave like this for the next mails, then accept again."""
        if what not in ORDERS:
            raise ValueError(what)
        self._order, self._times = what, times

    def reply(
        self,
        *,
        account_number: str,
        mail_id: int | None = None,
        with_csv: bool = True,
        with_pdf: bool = True,
        text: str = "Attached is the usage you asked for.",
        listener: str = "",
    ) -> str:
        """Answer a mail (the newest, if not told) with a usage report and a usage file; give the Message-ID."""
        original = self.mails.message(mail_id or self.mails.numbers()[-1])
        answer = self._answer_to(original)
        answer.set_content(f"{text}\n\nBilling department\n({paper.NOTE})\n")
        layout = self._layout()
        if with_pdf:
            answer.add_attachment(
                paper.usage_report(account=account_number, rows=paper.first_rows(layout)),
                maintype="application",
                subtype="pdf",
                filename="usage-report.pdf",
            )
        if with_csv:
            answer.add_attachment(
                paper.with_account(layout, account_number).encode(),
                maintype="text",
                subtype="csv",
                filename="usage.csv",
            )
        return self._send(answer, listener)

    def send_success_dsn(self, mail_id: int | None = None, listener: str = "") -> str:
        """Report, as a relay would, that a mail was delivered; give the report's Message-ID."""
        return self._send_report(success_dsn, mail_id or self.mails.numbers()[-1], listener)

    def act(self, token: str, what: str, wanted: clerk.Wanted) -> dict[str, Any] | None:
        """Do what was ordered about the request of a thread; None where its letter is not here.

        `files`: how many went out. ValueError for what nobody can order.
        """
        if what not in clerk.WHAT:
            raise ValueError(what)
        if what == "refuse":
            self._refused.add(token)
            return {"files": 0}
        mail = self._letter(token)
        if mail is None:
            return None
        if what == "late":
            self._late.keep(token, wanted)
            return {"files": 0}
        if what == "bounce":
            self._send_report(failure_dsn, mail, "")
            return {"files": 0}
        if what == "fee":
            self._answer(mail, clerk.fee_words("this request"), [])
            return {"files": 0}
        late = self._late.take(token)
        if what == "moved_on" and late is None:
            return {"files": 0}
        given = clerk.files(late or wanted, today=now().date(), half=what == "part")
        if given:
            self._answer(mail, "Attached is what you asked for.\n", given)
        return {"files": len(given)}

    async def handle_EHLO(
        self,
        server: Any,  # noqa: ARG002
        session: Session,
        envelope: Envelope,  # noqa: ARG002
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Offer delivery reports."""
        session.host_name = hostname
        return [*responses[:-1], "250-DSN", responses[-1]]

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: ARG002
        """Take a mail, or do as ordered."""
        self.attempts += 1
        order = self._order if self._times > 0 else "accept"
        self._times = max(0, self._times - 1)
        if (token := self._refuses(envelope)) is not None:
            self._refused.discard(token)
            order = "refuse_5xx"
        if order == "refuse_4xx":
            return "451 4.3.0 try again later"
        if order == "refuse_5xx":
            return "550 5.7.1 not accepted"
        content = envelope.content
        assert isinstance(content, bytes)
        number = self.mails.put(content, sender=str(envelope.mail_from), recipients=list(envelope.rcpt_tos))
        if order == "drop_after_data":
            server.transport.abort()
        return f"250 2.0.0 accepted as {number}"

    def _serve(self, request: Request) -> Reply:
        if request.path == "/health":
            return Reply(body={"name": "coop_mailbox", "token": self.token})
        if request.path == "/mails":
            found = self.mails.search(after=int(request.first("after", "0")), subject=request.first("subject"))
            return Reply(body={"mails": found, "attempts": self.attempts})
        if request.method != "POST":
            if request.path == "/":
                return pages.inbox(self.mails, title="Mail at the co-op's billing desk")
            return mail_part(self.mails, request.path, clerk=True)
        given = request.given()
        if request.path == "/orders":
            self.order(given.get("next", ""), int(given.get("times", 1)))
            return Reply(body={"ok": True})
        if request.path == "/reply":
            by_browser = "text/html" in request.headers.get("Accept", "")
            if "mail_id" in given:
                given["mail_id"] = int(given["mail_id"])
            sent = self.reply(**given)
            return pages.answered(sent) if by_browser else Reply(body={"message_id": sent})
        if request.path == "/clerk":
            done = self.act(given["token"], given["what"], clerk.Wanted.of(given["wanted"]))
            return Reply(body=done) if done is not None else Reply(404, {"detail": "no letter on this thread"})
        if request.path == "/success_dsn":
            return Reply(body={"message_id": self.send_success_dsn(given.get("id"))})
        return Reply(404, {"detail": "no such page"})

    def _layout(self) -> str:
        if self.usage_file is not None and self.usage_file.is_file():
            return self.usage_file.read_text(encoding="ascii")
        return paper.usage_csv(
            account="-",
            first=date(2025, 10, 19),
            delivered=[Decimal("49.600"), Decimal("23.030")],
            received=[Decimal("-11.000"), Decimal("-29.520")],
            peak_kw=Decimal("10.672"),
        )

    def _letter(self, token: str) -> int | None:
        """Give the newest mail on a thread."""
        return next((each for each in reversed(self.mails.numbers()) if token.encode() in self.mails.raw(each)), None)

    def _refuses(self, envelope: Envelope) -> str | None:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        return next((each for each in self._refused if each.encode() in content), None)

    def _answer(self, mail: int, text: str, files: Sequence[clerk.File]) -> None:
        answer = self._answer_to(self.mails.message(mail))
        answer.set_content(f"{text}\nBilling department\n({paper.NOTE})\n")
        for each in files:
            subtype = {"application": "pdf", "text": "csv"}[each.kind]
            answer.add_attachment(each.data, maintype=each.kind, subtype=subtype, filename=each.name)
        self._send(answer, "")

    def _send(self, answer: EmailMessage, listener: str) -> str:
        to, domain = parseaddr(str(answer["To"]))[1], self.address.rpartition("@")[2]
        checked = f"Authentication-Results: {RECEIVER}; dmarc=pass header.from={domain}\r\n".encode("ascii")
        self._hand_over(checked + answer.as_bytes(policy=WIRE), to=to, listener=listener, envelope_from=self.address)
        return str(answer["Message-ID"])

    def _send_report(self, write: Callable[..., bytes], mail: int, listener: str) -> str:
        original, envelope = self.mails.message(mail), self.mails.envelope(mail)
        message_id = make_msgid(domain="relay.example")
        report = write(original, recipient=envelope["to"][0], sender=envelope["from"], message_id=message_id)
        self._hand_over(report, to=envelope["from"], listener=listener, envelope_from="")
        return message_id

    def _answer_to(self, original: EmailMessage) -> EmailMessage:
        answer = EmailMessage()
        answer["From"] = f"Billing <{self.address}>"
        answer["To"] = parseaddr(str(original["Reply-To"] or original["From"]))[1]
        answer["Subject"] = f"Re: {original['Subject']}"
        answer["Date"] = format_datetime(now())
        answer["Message-ID"] = make_msgid(domain=self.address.rpartition("@")[2])
        answer["In-Reply-To"] = str(original["Message-ID"])
        answer["References"] = str(original["Message-ID"])
        return answer

    def _hand_over(self, raw: bytes, *, to: str, listener: str, envelope_from: str) -> None:
        host, _, port = (listener or self.listener).rpartition(":")
        kind = smtplib.LMTP if self.listener_protocol == "lmtp" else smtplib.SMTP
        with kind(host or LOOPBACK, int(port), local_hostname=SERVER) as server:
            server.sendmail(envelope_from, [to], raw)


def main() -> None:
    """Run as a program."""
    options = parser(__doc__ or "")
    options.add_argument("--http-port", type=int, default=0)
    options.add_argument("--folder", type=Path, required=True, help="where mails are kept")
    options.add_argument("--listener", default="", help="host:port of the broker's mail listener")
    options.add_argument("--listener-protocol", choices=("lmtp", "smtp"), default="lmtp")
    options.add_argument("--address", default="billing@coop.example", help="the clerk's address")
    options.add_argument("--usage-file", type=Path, help="the usage file that the clerk attaches")
    given = options.parse_args()
    serve_until_told(
        CoopMailbox(
            given.folder,
            port=given.port,
            http_port=given.http_port,
            listener=given.listener,
            listener_protocol=given.listener_protocol,
            address=given.address,
            usage_file=given.usage_file,
            token=given.token,
        )
    )


if __name__ == "__main__":
    main()
