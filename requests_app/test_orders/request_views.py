"""Orders of a test key about one of its own requests at the co-op (interface); they exist in a rehearsal alone."""

import uuid

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from broker.parties.models import Application
from broker.reasons import REASONS
from broker.terms import Refusal
from requests_app import release, status
from requests_app.api import examples
from requests_app.api.base import NO_STORE, ApiView
from requests_app.api.description import JSON, Answer, Body, Operation, described
from requests_app.api.request_shapes import MOVED, MOVED_BY, REQUEST
from requests_app.ladder.words import Step
from requests_app.mailing import find
from requests_app.models import ManualRequest
from requests_app.problem_answers import NotWellFormed, problem
from requests_app.test_orders import at_coop, clock_moved

_WHERE = " This address exists in a rehearsal alone."
_AT_COOP = ("state.conflict", "rehearsal.unreachable")
_NOT_IN_FORCE = tuple(code for code in REASONS if code.startswith("consent."))


def _order(name: str, summary: str, says: str, state: str, codes: tuple[str, ...] = _AT_COOP) -> Operation:
    shown = {**examples.REQUEST, "state": state}
    answers = {200: Answer("Done; this is where the request stands.", {JSON: REQUEST}, {"after the order": shown})}
    return Operation(name, "requests", f"Test: {summary}", says + _WHERE, answers=answers, codes=codes)


class _Ordered(ApiView):
    """An order without a body about one request at the co-op."""

    order: at_coop.Order

    def _play(self, request: Request, request_id: uuid.UUID) -> Response:
        application = self.application(request)
        manual = _own(application, request_id)
        if manual is None:
            return problem("not_found")
        refused = type(self).order(manual, application, now=timezone.now())
        return problem(refused.code) if refused is not None else _shown(manual)


class Answering(_Ordered):
    """The co-op answers."""

    order = staticmethod(at_coop.answer)

    @described(
        _order(
            "orderAnswer",
            "have the co-op answer",
            "The played co-op mails all that it has of what was asked: daily usage and bills, up to yesterday. The "
            "played desk looks at each file and accepts it; what the rules do not let in stays sealed.",
            "delivered",
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Play an answer."""
        return self._play(request, request_id)


class AnsweringInPart(_Ordered):
    """The co-op sends a part."""

    order = staticmethod(at_coop.answer_in_part)

    @described(
        _order(
            "orderPartialAnswer",
            "have the co-op send a part",
            "The same with the first half of the days and of the months, rounded up. The clock runs on for the rest.",
            "partially_answered",
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Play half an answer."""
        return self._play(request, request_id)


class AnsweringLate(_Ordered):
    """The co-op keeps silent."""

    order = staticmethod(at_coop.answer_late)

    @described(
        _order(
            "orderLateAnswer",
            "have the co-op answer late",
            "The played co-op says nothing. When the clock of this request was moved past its due day, it answers.",
            "waiting_on_utility",
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Play silence."""
        return self._play(request, request_id)


class Charging(_Ordered):
    """The co-op names a fee."""

    order = staticmethod(at_coop.fee)

    @described(
        _order(
            "orderFee",
            "have the co-op name a fee",
            "The played co-op asks by mail for $12.00, and the played desk writes it down: the clock rests until it is "
            "accepted or declined.",
            "fee_quoted",
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Play a fee."""
        return self._play(request, request_id)


class AcceptingFee(_Ordered):
    """The fee is paid."""

    order = staticmethod(at_coop.accept_fee)

    @described(
        _order(
            "orderFeeAcceptance",
            "have the fee accepted",
            "One person of the played desk accepts it, and you pay it. The clock goes on when our answer has left, "
            "some seconds later. Where this installation lets one person decide less than $12.00, it is refused "
            "(`fee.two_people`) and waits for two real people.",
            "fee_quoted",
            ("state.conflict", "fee.two_people", *_NOT_IN_FORCE),
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Play a yes."""
        return self._play(request, request_id)


class DecliningFee(_Ordered):
    """The fee is not paid."""

    order = staticmethod(at_coop.decline_fee)

    @described(
        _order(
            "orderFeeRefusal",
            "have the fee declined",
            "One person of the played desk says no, which ends the request; with the same limit.",
            "closed_without_response",
            ("state.conflict", "fee.two_people"),
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Play a no."""
        return self._play(request, request_id)


class Bouncing(_Ordered):
    """The letter does not arrive."""

    order = staticmethod(at_coop.bounce)

    @described(
        _order(
            "orderBounce",
            "have the letter not arrive",
            "A letter that has not left is refused by the played co-op's mail server when it does. One that has left "
            "comes back by a report of failure; where its arrival was proven, the played desk finds out that the "
            "report is right.",
            "not_delivered",
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Play a bounce."""
        return self._play(request, request_id)


class SendingAgain(_Ordered):
    """The letter goes out again."""

    order = staticmethod(at_coop.send_again)

    @described(
        _order(
            "orderSendingAgain",
            "have the letter sent again",
            "The played desk sends a letter again that did not arrive.",
            "queued",
            ("state.conflict",),
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Play a second sending."""
        return self._play(request, request_id)


class MovingClock(ApiView):
    """Days pass for one request."""

    @described(
        Operation(
            "orderClock",
            "requests",
            "Test: let business days pass for this request",
            "The dates of this request alone go back by so many of the co-op's business days, and what is due by them "
            "happens at once: `steps` says what. A mail of ours leaves in the co-op's office hours, also here. No "
            "other clock moves: not the site's, not a consent's, not another request's." + _WHERE,
            answers={
                200: Answer(
                    "Moved.",
                    {JSON: MOVED},
                    {
                        "past its due day": {
                            **examples.REQUEST,
                            "state": "waiting_on_utility",
                            "steps": ["overdue", "follow_up"],
                        }
                    },
                )
            },
            codes=("state.conflict",),
            body=Body(MOVED_BY, {"past its due day": {"business_days": 12}}),
        )
    )
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Move the dates of one request."""
        days, application = _business_days(request.data), self.application(request)
        manual = _own(application, request_id)
        if manual is None:
            return problem("not_found")
        steps = at_coop.move_clock(manual, application, business_days=days, now=timezone.now())
        return problem(steps.code) if isinstance(steps, Refusal) else _shown(manual, steps)


def _business_days(body: object) -> int:
    if not isinstance(body, dict) or set(body) != {"business_days"}:
        raise NotWellFormed(["business_days"])
    found = body["business_days"]
    if type(found) is not int or not 1 <= found <= clock_moved.MOST:
        raise NotWellFormed(["business_days"])
    return found


def _own(application: Application, request_id: uuid.UUID) -> ManualRequest | None:
    """Give a request at the co-op; what another application of the same organisation asked is not this one's."""
    asked = release.own_request(application, request_id)
    if asked is None or asked.application_id != application.id:
        return None
    manual = ManualRequest.objects.filter(request=asked).first()
    return find(manual.id) if manual is not None else None


def _shown(manual: ManualRequest, steps: list[Step] | None = None) -> Response:
    more = {} if steps is None else {"steps": [each.value for each in steps]}
    return Response({**status.of(find(manual.id).request), **more}, headers=NO_STORE)
