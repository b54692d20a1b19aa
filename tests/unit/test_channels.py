"""The channels: what a mail to the co-op says, what Nectar is asked, what a customer's file is."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from broker.channels import mail_part, manual_request
from broker.channels.customer_upload import Accepted, CustomerUploadChannel, SharedFile, examine
from broker.channels.nectar import NectarChannel, Upload, strip_secrets
from broker.channels.seam import ChannelError
from broker.importers import nectar_usage
from broker.inlets import outbound
from broker.rehearsal import paper
from broker.rehearsal.nectar import Nectar
from broker.terms import Refusal
from broker.transport import EgressRefused, Proof, ProvenAddress
from requests_app import handing_over

COOP = ProvenAddress("billing@coop.example", Proof("profile", "obec contacts.email"))
ACCOUNT = "4417702"
PAGE = manual_request.DeskPage("https://desk.example/desk/K7QXAB", "K7QX-AB")


@pytest.fixture(autouse=True)
def rehearsal(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.OPERATOR_NAME = "The data access desk"
    settings.OPERATOR_ADDRESS = "1 Main Street, Springfield"
    settings.OPERATOR_PHONE = "(555) 555-0199"
    settings.MAIL_FROM, settings.MAIL_DOMAIN = "desk@broker.localhost", "broker.localhost"
    monkeypatch.setattr("broker.db.installation.mode", lambda: "rehearsal")


def letter(**changes: Any) -> manual_request.RequestLetter:
    facts: dict[str, Any] = {
        "thread": manual_request.new_thread("R-118"),
        "to": COOP,
        "utility_name": "Ozark Border Electric Cooperative",
        "recipient": "Acme Energy Advisors",
        "title": "Data Access Authorization",
        "items": (item(),),
        "letters": (
            manual_request.Letter(
                "LOA-2026-000118", paper.pdf([["Letter"]]), "https://desk.example/v/7Q4M-2K9P", "7Q4M-2K9P"
            ),
        ),
    }
    return manual_request.RequestLetter(**(facts | changes))


def item(number: str = "R-118", *last_fours: str, **changes: Any) -> manual_request.Item:
    facts: dict[str, Any] = {
        "data_types": ("usage_daily",),
        "begin": date(2025, 10, 1),
        "last_day": date(2025, 10, 31),
    }
    return manual_request.Item(number, last_fours or ("7702",), **(facts | changes))


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_the_request_asks_for_the_months_and_items_and_encloses_the_letter() -> None:
    order = letter()
    mail = manual_request.request(order).message
    assert mail["Subject"] == "Data access request R-118 — member authorization enclosed"
    assert mail["Message-ID"] == order.thread.message_id
    assert mail["Reply-To"] == f"r.{order.thread.token}@broker.localhost"
    assert mail["Auto-Submitted"] is None
    text = text_of(mail)
    assert "Please send only the months and items listed." in text
    assert "Daily energy use" in text
    assert "October 1, 2025 through October 31, 2025" in text
    assert "This is a rehearsal." in text
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == order.letters[0].data
    assert attached.get_filename() == "LOA-2026-000118.pdf"


def test_the_request_offers_three_ways_to_answer() -> None:
    mail = manual_request.request(letter()).message
    ways = text_of(mail).split("three ways:\n")[1].split("\n\n")[0].splitlines()
    assert [way[:6] for way in ways] == ["- Repl", "- Call", "- Send"]
    order = letter(page=PAGE)
    text = text_of(manual_request.request(order).message)
    assert "- Use our page for your desk: https://desk.example/desk/K7QXAB" in text
    assert "The page names this request by the code K7QX-AB. It mails a one-time code to billing@coop.example" in text
    assert "- Send them by post to 1 Main Street, Springfield." in text


def test_the_letter_is_called_what_the_co_op_calls_it_and_the_mail_says_how_to_check_it() -> None:
    text = " ".join(text_of(manual_request.request(letter()).message).split())
    assert "signed a Data Access Authorization. It is attached as a PDF (LOA-2026-000118)" in text
    assert "open https://desk.example/v/7Q4M-2K9P and enter the code 7Q4M-2K9P with the last four digits" in text
    assert "call The data access desk at (555) 555-0199" in text
    assert "a yellow bar says that the validity of the certification is unknown" in text
    assert "a blue bar says “Certified by” and our name" in text
    assert "/v/how/" in text


# Whatever sounds like a claim or a threat: a co-op answers because it wants to, and no law makes it.
LEGAL = re.compile(
    r"\b(law|laws|lawful|lawyer|attorney|legal\w*|statut\w*|sue[ds]?|suit|court|liab\w+|penalt\w+|fine[sd]?|must|shall|"
    r"oblig\w+|requir\w+|demand\w*|entitle\w*|violat\w+|breach\w*|complain\w*|regulator\w*|commission|enforce\w*|"
    r"sanction\w*|comply|compliance|deadline|failure|within \d+ days)\b",
    re.I,
)


@pytest.mark.parametrize("page", [None, PAGE])
def test_no_mail_to_the_co_op_threatens(page: manual_request.DeskPage | None) -> None:
    thread = manual_request.new_thread("R-118")
    facts = (
        thread,
        COOP,
        manual_request.message_id(thread.token),
        "Ozark Border Electric Cooperative",
        (("R-118", "7702"),),
    )
    mails = [
        manual_request.request(letter(page=page)).message,
        manual_request.request(letter(items=(item("R-118"), item("R-119", "0042")))).message,
        manual_request.withdrawal(manual_request.Withdrawal(*facts, "LOA-1", by_member=True)).message,
        manual_request.withdrawal(manual_request.Withdrawal(*facts, "LOA-1", "LOA-2")).message,
    ]
    assert [LEGAL.findall(f"{each['Subject']} {text_of(each)}") for each in mails] == [[], [], [], []]
    assert LEGAL.search("The law requires you to answer within 10 days.")


def for_two() -> manual_request.RequestLetter:
    """Give a mail that asks for two members, one of whom has two requests under one letter."""
    (one,), data = letter().letters, paper.pdf([["Another letter"]])
    other = manual_request.Letter("LOA-2026-000119", data, "https://desk.example/v/9PQ4-2K7M", "9PQ4-2K7M")
    return letter(
        items=(
            item("R-118", letter=one.number),
            item("R-120", letter=one.number),
            item("R-119", "0042", letter=other.number),
        ),
        letters=(one, other),
        others=(manual_request.new_thread("R-120"), manual_request.new_thread("R-119")),
        page=manual_request.DeskPage("https://desk.example/desk/K7QXAB", "K7QX-AB"),
        members=2,
        more_codes=(("R-119", "M2PP-CD"),),
    )


def test_several_members_share_a_mail_with_one_schedule_by_letter() -> None:
    mail = manual_request.request(for_two()).message
    text = " ".join(text_of(mail).split())
    assert "Several of your members (2) gave permission" in text
    assert "each of them signed a Data Access Authorization of their own" in text
    assert "| Letter | Request | Account ending in | Time | Items |" in text
    rows = [line.split(" | ")[:3] for line in text_of(mail).splitlines() if line.startswith("| LOA-")]
    assert rows == [
        ["| LOA-2026-000118", "R-118", "7702"],
        ["| LOA-2026-000118", "R-120", "7702"],
        ["| LOA-2026-000119", "R-119", "0042"],
    ]
    assert "put each member's data into a file of its own, and name the number of the request" in text
    assert "The page names R-118 by the code K7QX-AB (once R-118 is over, R-119 by M2PP-CD)." in text
    assert [each.get_filename() for each in mail.iter_attachments()] == ["LOA-2026-000118.pdf", "LOA-2026-000119.pdf"]
    assert LEGAL.findall(f"{mail['Subject']} {text}") == []
    page = mail.get_body(("html",))
    assert page is not None
    assert page.get_content().count("<tr><td") == 3
    with pytest.raises(ValueError, match="last four"):
        manual_request.request(replace(for_two(), items=(item("R-118", ACCOUNT),)))


def test_what_is_kept_of_such_a_mail_names_one_member_alone() -> None:
    order = for_two()
    mail, whole = manual_request.request(order).message, "ab" * 32
    hers = mail_part.part_of(mail, order.items[:2], [mail_part.SignedLetter("LOA-2026-000118", "cd" * 32)], whole=whole)
    part = message_from_bytes(hers, policy=SMTP)
    text = text_of(part)
    assert part["Message-ID"] == order.thread.message_id
    assert part["Date"] == mail["Date"]
    assert part["X-Whole-Mail-SHA256"].strip() == whole
    assert "R-118, letter LOA-2026-000118, account ending in 7702: usage_daily, 2025-10-01 through 2025-10-31" in text
    for own in ("R-120", "cd" * 32, whole):
        assert own in text
    for foreign in ("R-119", "0042", "LOA-2026-000119", order.others[1].token):
        assert foreign.encode() not in hers
        assert foreign not in text
    assert list(part.iter_attachments()) == []


def test_several_requests_share_a_mail_with_a_schedule() -> None:
    other = manual_request.new_thread("R-119")
    order = letter(
        items=(item("R-118", "7702", "0042"), item("R-119", data_types=("bill", "payment"))), others=(other,)
    )
    mail = manual_request.request(order).message
    assert mail["Subject"] == "Data access requests R-118, R-119 — member authorization enclosed"
    assert mail["Message-ID"] == order.thread.message_id
    assert manual_request.tokens_in(str(mail["References"])) == [other.token]
    text = text_of(mail)
    time = "October 1, 2025 through October 31, 2025"
    assert f"| R-118 | 7702, 0042 | {time} | Daily energy use |" in text
    assert f"| R-119 | 7702 | {time} | Bills; Payments |" in text
    assert "One answer may cover several of these requests" in text
    page = mail.get_body(("html",))
    assert page is not None
    assert page.get_content().count("<tr>") == 3
    assert len(list(mail.iter_attachments())) == 1


def test_the_text_holds_four_digits_of_the_account_and_no_more() -> None:
    mail = manual_request.request(letter()).message
    page = mail.get_body(("html",))
    assert page is not None
    assert "7702" in text_of(mail)
    for words in (text_of(mail), page.get_content(), str(mail["Subject"])):
        assert ACCOUNT not in words
    with pytest.raises(ValueError, match="last four"):
        manual_request.request(letter(items=(item("R-118", ACCOUNT),)))


def test_the_html_twin_says_what_the_text_says() -> None:
    mail = manual_request.request(letter(recipient="Acme <b>& Sons</b>")).message
    page = mail.get_body(("html",))
    assert page is not None
    assert "Acme &lt;b&gt;&amp; Sons&lt;/b&gt;" in page.get_content()
    assert ">Daily energy use</td>" in page.get_content()


def test_the_withdrawal_stays_on_the_thread() -> None:
    thread = manual_request.new_thread("R-118")
    again = manual_request.message_id(thread.token)
    order = manual_request.Withdrawal(thread, COOP, again, "Ozark Border Electric Cooperative", (("R-118", "7702"),))
    mail = manual_request.withdrawal(order).message
    assert (mail["In-Reply-To"], mail["References"]) == (thread.message_id, thread.message_id)
    assert mail["Message-ID"] == again != thread.message_id
    assert "Please do not send any data for this request." in text_of(mail)
    assert list(mail.iter_attachments()) == []
    assert "The permission behind request R-118 (account ending in 7702) has ended." in text_of(mail)


def test_the_withdrawal_says_whose_doing_it_was_and_names_the_newer_letter() -> None:
    thread = manual_request.new_thread("R-118")
    facts = (
        thread,
        COOP,
        manual_request.message_id(thread.token),
        "Ozark Border Electric Cooperative",
        (("R-118", "7702"),),
    )
    hers = manual_request.withdrawal(manual_request.Withdrawal(*facts, "LOA-1", by_member=True)).message
    assert "The member has withdrawn the permission behind request R-118" in text_of(hers)
    newer = manual_request.withdrawal(manual_request.Withdrawal(*facts, "LOA-1", "LOA-2")).message
    assert "replaced by a newer one" in newer["Subject"]
    assert "LOA-2. It takes the place of LOA-1, which we sent with request R-118" in text_of(newer)
    assert "withdrawn" not in text_of(newer) + newer["Subject"]


def test_one_withdrawal_names_its_requests_their_fees_and_thanks_for_what_came() -> None:
    thread = manual_request.new_thread("R-118")
    order = manual_request.Withdrawal(
        thread, COOP, manual_request.message_id(thread.token), "Ozark Border Electric Cooperative",
        (("R-118", "7702"), ("R-119", "0042"), ("R-120", "7702")), "LOA-1", by_member=True,
    )  # fmt: skip
    mail = manual_request.withdrawal(order).message
    behind = "R-118 (account ending in 7702), R-119 (account ending in 0042) and R-120 (account ending in 7702)"
    assert f"the permission behind requests {behind}." in text_of(mail)
    assert "Please do not send any data for these requests." in text_of(mail)
    fees = (manual_request.Fee("R-119", "$25.00", member_pays=True), manual_request.Fee("R-120", "$5.00", False))
    parent = "<of-the-mail@broker.example>"
    mail = manual_request.withdrawal(replace(order, answered=True, fees=fees, parent=parent)).message
    text = " ".join(text_of(mail).split())
    assert "please send nothing more" in mail["Subject"]
    assert "Please send nothing more for these requests." in text
    assert "do not send" not in text + mail["Subject"]
    assert "had agreed to pay the fee of $25.00 for request R-119" in text
    assert "Please do not charge the fee of $25.00 to the member." in text
    assert "do not charge the fee of $5.00 to the member" in text
    assert mail["In-Reply-To"] == parent


def test_the_thread_token_is_found_in_addresses_and_message_ids() -> None:
    thread = manual_request.new_thread("R-118")
    found = manual_request.tokens_in(
        f"Desk <{manual_request.reply_address(thread.token)}>", f"{thread.message_id} <other@coop.example>"
    )
    assert found == [thread.token]
    assert manual_request.tokens_in("r.short@broker.localhost", "") == []


# --- Nectar -------------------------------------------------------------------------------------------------------


@pytest.fixture
def nectar(settings: Any) -> Iterator[Nectar]:
    with Nectar() as server:
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{server.port}"]
        yield server


@pytest.fixture
def client(nectar: Nectar) -> Iterator[NectarChannel]:
    with NectarChannel(base_url=nectar.url, api_key="rehearsal-key", timeout=5) as channel:
        yield channel


def bill() -> bytes:
    return paper.bill(
        account=ACCOUNT,
        begin=date(2025, 9, 16),
        end=date(2025, 10, 15),
        kwh=Decimal("812"),
        charges=Decimal("98.11"),
        due=date(2025, 11, 5),
    )


def test_a_bill_goes_through_nectar_and_comes_back_as_readings(client: NectarChannel) -> None:
    client.ping()
    company = client.ensure_company("customer-1", name="Customer 1")
    job = client.hand_over(Upload(company, "application/pdf", bill()))
    assert job.status == "PENDING"
    while job.status == "PENDING":
        job = client.job(job.id)
    (document,) = job.documents
    result = nectar_usage.read(
        {
            "usage": client.usage_of_document(document),
            "documents": [client.document(document)],
            "zone": "America/Chicago",
        }
    )
    (series,) = result["series"]
    assert (series["role"], series["unit"], series["total"]) == ("delivered", "kWh", "812")
    assert result["accounts"] == [ACCOUNT]
    assert result["bills"][0]["total"] == "98.11"


def test_the_same_bill_twice_is_reported_as_a_duplicate(client: NectarChannel) -> None:
    company = client.ensure_company("customer-1", name="Customer 1")
    jobs = [client.upload_document(Upload(company, "application/pdf", bill())) for _ in range(2)]
    done = [[client.job(job.id) for _ in range(3)][-1] for job in jobs]
    assert done[1].duplicates == done[0].documents


def test_the_company_of_a_customer_is_made_once(client: NectarChannel, nectar: Nectar) -> None:
    assert client.ensure_company("c-1", name="One") == client.ensure_company("c-1", name="One")
    assert len(nectar.companies) == 1


def test_all_pages_are_read_and_the_last_one_only_once(client: NectarChannel, nectar: Nectar) -> None:
    nectar.per_page = 10
    company = client.ensure_company("c-1", name="One")
    nectar.add_months(company, 25, account=ACCOUNT)
    rows = client.usage(company, begin=date(2015, 1, 1))
    assert len({row["id"] for row in rows}) == len(rows) == 25
    assert len(client.documents(company)) == 25


@pytest.mark.parametrize(
    ("fault", "kind"), [("down", "down"), ("500", "down"), ("429", "down"), ("malformed", "malformed")]
)
def test_what_goes_wrong_at_nectar_has_a_kind(client: NectarChannel, nectar: Nectar, fault: str, kind: str) -> None:
    nectar.order(fault)
    with pytest.raises(ChannelError) as failed:
        client.ensure_company("c-1", name="One")
    assert failed.value.kind == kind
    assert failed.value.retry_after == (2 if fault == "429" else None)
    client.ping()


def test_a_slow_nectar_is_down(nectar: Nectar) -> None:
    nectar.slow_seconds = 1.0
    nectar.order("slow")
    with NectarChannel(base_url=nectar.url, api_key="rehearsal-key", timeout=0.2) as client:
        with pytest.raises(ChannelError) as failed:
            client.ping()
        assert failed.value.kind == "down"


def test_a_wrong_key_is_refused(nectar: Nectar) -> None:
    with NectarChannel(base_url=nectar.url, api_key="wrong") as client:
        with pytest.raises(ChannelError) as failed:
            client.ping()
        assert failed.value.kind == "refused"


@pytest.mark.promise("information-only")
def test_no_other_host_is_ever_asked(nectar: Nectar, settings: Any) -> None:
    settings.ALLOWED_EGRESS = []
    with NectarChannel(base_url=nectar.url, api_key="rehearsal-key") as client, pytest.raises(EgressRefused):
        client.ping()
    assert nectar.calls == []


def test_there_is_no_method_for_a_connection_a_magic_link_or_an_invitation() -> None:
    names = " ".join(name.lower() for name in dir(NectarChannel))
    for word in ("connect", "magic", "invit", "link", "account", "login", "credential"):
        assert word not in names


def test_what_opens_a_portal_is_dropped_from_every_answer(client: NectarChannel, nectar: Nectar) -> None:
    company = client.ensure_company("c-1", name="One")
    nectar.add_months(company, 1, account=ACCOUNT)
    for row in nectar.documents.values():
        row |= {"username": "pat", "connection": {"connectionMagicLinkSecret": "s", "Password": "p", "id": "k"}}
    (document,) = client.documents(company)
    assert "username" not in document
    assert document["connection"] == {"id": "k"}
    assert strip_secrets([{"apiKey": "x", "usage": "1"}]) == [{"usage": "1"}]


def test_nectar_takes_no_tables() -> None:
    with NectarChannel(base_url="http://127.0.0.1:1", api_key="k") as client, pytest.raises(ValueError, match="PDF"):
        client.upload_document(Upload("c1", "text/csv", b"a,b"))


# --- what a customer hands over -----------------------------------------------------------------------------------

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("bill.pdf", paper.pdf([["Bill"]]), "application/pdf"),
        ("Bill October.PDF", paper.pdf([["Bill"]]), "application/pdf"),
        ("page.png", PNG, "image/png"),
        ("usage.csv", b" Energy consumption time period,Usage\n", "text/csv"),
    ],
)
def test_files_that_are_what_their_name_says_are_taken(name: str, data: bytes, media_type: str) -> None:
    assert examine(name, data) == Accepted(media_type, len(data))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("bill.pdf", b"%PDF-1.7" + b"x" * (25 * 1024 * 1024), "request.too_large"),
        ("bill.pdf", b"", "file.unreadable"),
        ("bill.pdf", b"MZ\x90\x00program", "file.type"),
        ("bill.exe", paper.pdf([["Bill"]]), "file.type"),
        ("usage.csv", paper.pdf([["Bill"]]), "file.type"),
        ("usage.csv", b"PK\x03\x04zip,", "file.type"),
        ("usage.csv", b"<html>,</html>", "file.type"),
        ("usage.csv", b"a,b\x00c", "file.type"),
        ("../bill.pdf", paper.pdf([["Bill"]]), "file.type"),
        ("bill\u202efdp.pdf", paper.pdf([["Bill"]]), "file.type"),
        (".pdf", paper.pdf([["Bill"]]), "file.type"),
    ],
    ids=[
        "26 MB", "empty", "a program", "program's name", "PDF as CSV", "ZIP as CSV", "HTML as CSV", "binary",
        "a path", "a name that turns round", "no name",
    ],
)  # fmt: skip
def test_other_files_are_not(name: str, data: bytes, code: str) -> None:
    answer = CustomerUploadChannel().hand_over(SharedFile(name, data))
    assert isinstance(answer, Refusal)
    assert answer.code == code
    assert name not in answer.detail


def test_a_code_that_we_made_keeps_no_mail_of_ours_back_and_a_login_in_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("broker.inlets.outbound.record", lambda *_finding, **_facts: None)
    code = "password: Kestrel026zq"  # none of ours has words, but one in a thousand is taken for a secret
    enclosed = manual_request.Letter(
        "LOA-2026-000118", paper.pdf([["A letter"]]), f"https://desk.example/v/{code}", code
    )
    mailing = manual_request.request(letter(letters=(enclosed,), page=PAGE))
    assert outbound.check(text_of(mailing.message)) is not None
    assert handing_over.checked(mailing) is mailing
    with pytest.raises(outbound.OutboundRefused):
        handing_over.checked(manual_request.request(letter(recipient="Acme (SmartHub password: Kestrel026zq)")))
