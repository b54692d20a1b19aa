"""Which acts a request offers in its state, each with its form (interface)."""

from collections.abc import Callable
from typing import Any

from django import forms

from requests_app.fees import answering, asking, deciding, quoting, standing
from requests_app.fees.forms import (
    AnswerForm,
    ArrivedForm,
    AskForm,
    AsksUsForm,
    DecideForm,
    HeardForm,
    QuoteForm,
    ReplaceForm,
    SecondForm,
    StaffForm,
)
from requests_app.fees.lifecycle import STUCK
from requests_app.lifecycle import ManualState, can_move
from requests_app.models import ManualRequest

Data = Any  # what was sent, or None for an empty form
_S = ManualState


def form_of(what: str, manual: ManualRequest, data: Data) -> forms.Form | None:
    """Give the form of an act, filled with what was sent; None where the request does not offer this act now.

    The ids of the fields begin with the act: several forms stand on one page.
    """
    made = _FORMS[what](manual, data)
    if made is not None:
        made.auto_id = f"{what}-%s"
    return made


def names(manual: ManualRequest) -> list[str]:
    """Give the names of the acts that a request offers in its state."""
    return [what for what in _FORMS if form_of(what, manual, None) is not None]


def _quote(manual: ManualRequest, data: Data) -> forms.Form | None:
    again = manual.state == _S.FEE_QUOTED
    free = answering.on_its_way(manual) is None
    may = free and (again or standing.may_reach(manual, _S.FEE_QUOTED))
    return QuoteForm(data, mails=quoting.mails(manual)) if may else None


def _alone(manual: ManualRequest, data: Data) -> forms.Form | None:
    fee = quoting.open_fee(manual)
    return DecideForm(data, about=fee.id) if fee is not None and not deciding.demands_two(fee) else None


def _second(manual: ManualRequest, data: Data) -> forms.Form | None:
    fee = quoting.open_fee(manual)
    if fee is None or not (deciding.demands_two(fee) or fee.is_by_word):
        return None
    return SecondForm(data, about=fee.id)


def _ask(manual: ManualRequest, data: Data) -> forms.Form | None:
    may = can_move(_S(manual.state), _S.WAITING_ON_CUSTOMER) and answering.on_its_way(manual) is None
    return AskForm(data, fee=quoting.open_fee(manual)) if may else None


def _heard(manual: ManualRequest, data: Data) -> forms.Form | None:
    question = asking.waiting(manual)
    return HeardForm(data, question=question) if question is not None else None


def _asks_us(manual: ManualRequest, data: Data) -> forms.Form | None:
    may = standing.may_reach(manual, _S.WAITING_ON_US) and asking.waiting(manual) is None
    return AsksUsForm(data) if may and answering.on_its_way(manual) is None else None


def _to_answer(manual: ManualRequest) -> bool:
    return manual.state == _S.WAITING_ON_US and answering.on_its_way(manual) is None


def _acknowledged(manual: ManualRequest, data: Data) -> forms.Form | None:
    return AsksUsForm(data) if standing.may_reach(manual, _S.ACKNOWLEDGED) else None


def _replace(manual: ManualRequest, data: Data) -> forms.Form | None:
    return ReplaceForm(data) if can_move(_S(manual.state), _S.SUPERSEDED) else None


def _drafted(manual: ManualRequest, data: Data) -> forms.Form | None:
    return StaffForm(data) if manual.state == _S.DRAFTED else None


def _mail(manual: ManualRequest, data: Data) -> forms.Form | None:
    mail = answering.on_its_way(manual)
    return ArrivedForm(data, about=mail.id) if mail is not None and mail.state in STUCK else None


_FORMS: dict[str, Callable[[ManualRequest, Data], forms.Form | None]] = {
    "quote": _quote,
    "alone": _alone,
    "second": _second,
    "ask": _ask,
    "heard": _heard,
    "asks-us": _asks_us,
    "answer": lambda manual, data: AnswerForm(data) if _to_answer(manual) else None,
    "phoned": lambda manual, data: StaffForm(data) if _to_answer(manual) else None,
    "acknowledged": _acknowledged,
    "replace": _replace,
    "send": _drafted,
    "posted": _drafted,
    "mail": _mail,
}
