"""Every later mail to a co-op on the thread of a request: no threat, four digits, the way to the desk's page."""

from collections.abc import Callable
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest

from broker.channels import follow_up, manual_request, surplus_notice, thread_answer
from broker.channels.manual_request import DeskPage
from broker.inlets import outbound
from tests.unit.test_channels import ACCOUNT, COOP, LEGAL, item, rehearsal, text_of

__all__ = ["rehearsal"]
UTILITY = "Ozark Border Electric Cooperative"
PAGE = DeskPage("https://desk.example/desk/K7QXABCD2345", "K7QX-ABCD-2345")
THREAD, OTHER = manual_request.new_thread("R-118"), manual_request.new_thread("R-119")
FACTS = (THREAD, COOP, manual_request.message_id(THREAD.token), UTILITY)
KINDS = ("other_account", "extra_months", "extra_types")


def asked(*still_open: follow_up.Open, page: DeskPage | None = PAGE, again: bool = False) -> EmailMessage:
    rows = still_open or (follow_up.Open(item()),)
    facts = (THREAD, COOP, FACTS[2], (THREAD.message_id,), UTILITY, rows, ("LOA-1",), date(2026, 3, 2))
    return follow_up.follow_up(follow_up.FollowUp(*facts, again=again, others=(OTHER,), page=page)).message


def answered(what: str, page: DeskPage | None = PAGE, **more: Any) -> EmailMessage:
    order = thread_answer.ThreadAnswer(*FACTS, "7702", what, "Acme Advisors", amount="$35.00", page=page, **more)
    return thread_answer.answer(order).message


def surplus(
    became: str = "", kinds: tuple[str, ...] = KINDS, *, part: bool = True, page: DeskPage | None = PAGE
) -> EmailMessage:
    order = surplus_notice.SurplusNotice(*FACTS, "7702", date(2026, 3, 12), kinds, part, became, page=page)
    return surplus_notice.notice(order).message


TWO = (follow_up.Open(item()), follow_up.Open(item("R-119", "0042"), date(2026, 3, 20)))
type Written = Callable[[DeskPage | None], EmailMessage]
# About a request that is still open.
OPEN: dict[str, Written] = {
    "asked": lambda page: asked(page=page),
    "asked about two": lambda page: asked(*TWO, page=page, again=True),
    "yes": lambda page: answered("fee_accepted", page),
    "her yes": lambda page: answered("fee_accepted", page, member_pays=True),
    "answer": lambda page: answered("our_answer", page, words="It is the meter at the barn."),
    "too much": lambda page: surplus(page=page),
    "too much, nothing used": lambda page: surplus(kinds=("extra_months",), part=False, page=page),
    "destroyed": lambda page: surplus("destroy", page=page),
    "left to you": lambda page: surplus("return", page=page),
    "she may share more": lambda page: surplus("wider", kinds=("extra_months",), page=page),
}
# About one that is over: its code opens nothing any more.
ENDED: dict[str, Written] = {
    "no": lambda page: answered("fee_declined", page),
    "closed": lambda page: answered("closed", page, fees=("$12.50",)),
    "closed with a part": lambda page: answered("closed", page, answered=True),
    "replaced": lambda page: answered("replaced", page, newer="R-130"),
    "replaced by paper": lambda page: answered("replaced", page, newer="R-130", on_paper=True),
}


@pytest.mark.parametrize("name", [*OPEN, *ENDED])
def test_no_later_mail_threatens_or_says_more_than_four_digits(name: str) -> None:
    mail = (OPEN | ENDED)[name](PAGE if name in OPEN else None)
    page = mail.get_body(("html",))
    assert page is not None
    assert LEGAL.findall(f"{mail['Subject']} {text_of(mail)}") == []
    assert "7702" in text_of(mail)
    assert ACCOUNT not in text_of(mail) + page.get_content() + str(mail["Subject"])
    assert mail["In-Reply-To"] == THREAD.message_id
    assert outbound.check(f"{mail['Subject']} {text_of(mail)}") is None  # our own gate lets it leave


@pytest.mark.parametrize("name", OPEN)
def test_each_leads_to_the_desks_page_while_its_request_is_open(name: str) -> None:
    text = " ".join(text_of(OPEN[name](PAGE)).split())
    assert f"Our page for your desk lists all our open requests to you, and takes files and answers: {PAGE.url}" in text
    assert "by the code K7QX-ABCD-2345. It mails a one-time code to billing@coop.example." in text
    assert "page for your desk" not in text_of(OPEN[name](None))


def test_another_members_papers_are_spoken_of_where_there_are_some() -> None:
    said = "If another member's papers came to us by mistake"
    assert said in text_of(surplus())
    assert said not in text_of(surplus(kinds=("extra_months",)))
    assert said not in text_of(surplus("destroy"))
