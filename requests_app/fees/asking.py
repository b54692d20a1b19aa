"""Questions between the customer, the utility and us; the clock rests until the answer is where it belongs (actions).

Source: field guide 5.4 (pause), 4.4 ("ask customer"). A reply is the customer's own, once; nothing is assumed from
silence.
"""

import re
import uuid
from datetime import datetime

from django.db import transaction

from broker import jobs, vault
from broker.approvals import decide
from broker.audit import log
from broker.inlets import refusing
from broker.parties.models import Customer
from broker.terms import Actor, EventRef, Refusal
from requests_app.alerts import tell_staff
from requests_app.fees import answering, deciding, standing
from requests_app.fees.lifecycle import QUESTIONS, Answer, Asks, Mail, SaidBy
from requests_app.fees.models import Question, Reply, ThreadMail
from requests_app.fees.quoting import HER_YES, open_fee
from requests_app.lifecycle import ManualState, can_move
from requests_app.models import ManualRequest
from requests_app.moves import move
from requests_app.watching import together

TOLD = "question.told"
LONGEST = 2000
_NUMBER = re.compile(r"\d[\d -]{2,30}\d")


def ask_customer(manual: ManualRequest, asks: Asks, words: str, *, actor: Actor, now: datetime) -> Question | Refusal:
    """Ask the customer something, by mail (or letter) and on a page of her own; the clock rests.

    `words` are for her alone and stay sealed. Refused: `ask.invalid` for a question in words without words, or with
    too many; `state.conflict` where the request cannot wait for her, or for a fee where none waits for a yes.
    """
    if len(words) > LONGEST or (asks == Asks.WORDS and not words.strip()):
        return Refusal("ask.invalid")
    with transaction.atomic():
        manual = standing.locked(manual.id)
        fee = open_fee(manual) if asks == Asks.FEE else None
        if not can_move(ManualState(manual.state), ManualState.WAITING_ON_CUSTOMER) or (asks == Asks.FEE and not fee):
            return Refusal("state.conflict")
        customer, made = manual.request.customer_id, uuid.uuid4()
        assert customer is not None
        ref = standing.event(
            manual,
            "question.asked",
            actor,
            {"question": made, "asks": asks.value, "fee": fee.id if fee else None, "in_words": bool(words)},
        )
        question = Question.objects.create(
            id=made,
            manual=manual,
            fee=fee,
            asks=asks,
            words=vault.seal(words, subject=customer, place=vault.Place("fees_question", "words", made)),
            asked_by=actor.id,
            asked_at=now,
            audit_event_id=ref.id,
        )
        move(manual, ManualState.WAITING_ON_CUSTOMER, ref=ref, happened_at=now)
        jobs.enqueue(TOLD, made, key=f"{TOLD}:{made}")
    return question


def waiting(manual: ManualRequest) -> Question | None:
    """Give the question that the customer has not answered; none where the request does not wait for her."""
    if manual.state != ManualState.WAITING_ON_CUSTOMER:
        return None
    newest = Question.objects.select_related("fee").filter(manual=manual).order_by("-asked_at").first()
    return newest if newest is not None and not Reply.objects.filter(question=newest).exists() else None


def reply(question: Question, answer: Answer, words: str, *, customer: Customer, now: datetime) -> Refusal | None:
    """Take her own answer from her page, once; her yes to a fee is the one thing that makes her pay it.

    Refused: `ask.invalid` for an answer that this question does not take, `state.conflict` where it is answered or
    nothing waits for it any more, the consent's own code for a yes that nothing permits any more, and
    `channel.forbidden.credentials` for words that are a portal login together with her answers of ten days.
    """
    return _reply(question, answer, words, how=SaidBy.PAGE, actor=Actor("c", customer.id), now=now)


def enter_reply(
    question: Question, answer: Answer, words: str, *, how: SaidBy, actor: Actor, now: datetime
) -> Refusal | None:
    """Write down what she said by phone or post. A yes to a fee is not taken so: on her page, or by two (`by_word`)."""
    if how not in (SaidBy.PHONE, SaidBy.POST) or (question.asks == Asks.FEE and answer == Answer.YES):
        return Refusal("ask.invalid")
    return _reply(question, answer, words, how=how, actor=actor, now=now)


def utility_asks(manual: ManualRequest, *, said_by: SaidBy, actor: Actor, now: datetime) -> Refusal | None:
    """Record that the utility asks us something: the clock rests until it has our answer."""
    with transaction.atomic():
        manual = standing.locked(manual.id)
        if not standing.may_reach(manual, ManualState.WAITING_ON_US):
            return Refusal("state.conflict")
        body = {"from": manual.state, "state": ManualState.WAITING_ON_US.value, "said_by": said_by.value}
        ref = standing.event(manual, "request.state", actor, body)
        standing.reach(manual, ManualState.WAITING_ON_US, ref=ref, happened_at=now)
    return None


def asked_anew(manual: ManualRequest, *, ref: EventRef, now: datetime) -> bool:
    """Let what the utility asks stand, in the caller's transaction; False where an open fee or its end comes first.

    An answer to what it asked before, which has not left, is put aside. A yes to its fee still leaves, and the question
    waits for us beside it.
    """
    if manual.state == ManualState.WAITING_ON_US:
        answering.put_aside(manual, Mail.ANSWER, ref=ref)
        return True
    if manual.state == ManualState.FEE_QUOTED and open_fee(manual) is None:
        move(manual, ManualState.WAITING_ON_UTILITY, ref=ref, happened_at=now)
    return standing.reach(manual, ManualState.WAITING_ON_US, ref=ref, happened_at=now)


def answer_utility(manual: ManualRequest, words: str, *, actor: Actor, now: datetime) -> ThreadMail | Refusal:
    """Answer the utility on the thread; the clock goes on once the mail has left.

    Refused: `ask.invalid` without words, with too many, or with an account number of hers in full (a mail names its
    end alone); `state.conflict` where the utility waits for no answer of ours, or one is on its way.
    """
    if not words.strip() or len(words) > LONGEST or names_account(manual, words):
        return Refusal("ask.invalid")
    with transaction.atomic():
        manual = standing.locked(manual.id)
        if manual.state != ManualState.WAITING_ON_US or answering.on_its_way(manual) is not None:
            return Refusal("state.conflict")
        ref = standing.event(manual, "request.note", actor, {"mail": Mail.ANSWER.value})
        return answering.write(manual, Mail.ANSWER, actor=actor, ref=ref, now=now, words=words)


def answered_by_phone(manual: ManualRequest, *, actor: Actor, now: datetime) -> Refusal | None:
    """Record that the utility has our answer by phone: the clock goes on from now."""
    with transaction.atomic():
        manual = standing.locked(manual.id)
        if manual.state != ManualState.WAITING_ON_US or answering.on_its_way(manual) is not None:
            return Refusal("state.conflict")
        body = {"from": manual.state, "state": ManualState.WAITING_ON_UTILITY.value, "how": SaidBy.PHONE.value}
        ref = standing.event(manual, "request.state", actor, body)
        move(manual, ManualState.WAITING_ON_UTILITY, ref=ref, happened_at=now)
    return None


def acknowledge(manual: ManualRequest, *, said_by: SaidBy, actor: Actor, now: datetime) -> Refusal | None:
    """Record that the utility says that it has the request: no answer and no pause, but proof that it arrived."""
    with transaction.atomic():
        manual = standing.locked(manual.id)
        if not standing.may_reach(manual, ManualState.ACKNOWLEDGED):
            return Refusal("state.conflict")
        body = {"from": manual.state, "state": ManualState.ACKNOWLEDGED.value, "said_by": said_by.value}
        ref = standing.event(manual, "request.state", actor, body)
        standing.reach(manual, ManualState.ACKNOWLEDGED, ref=ref, happened_at=now)
    return None


def read(question: Question, *, actor: Actor) -> tuple[str, str]:
    """Open the words of a question and of its reply, which is an event; each is empty where nobody wrote any."""
    answered = Reply.objects.filter(question=question).first()
    manual = question.manual
    ref = log.append_read(
        "question.read",
        actor=actor,
        subject=manual.request.customer_id,
        purpose="own_data" if actor.kind == "c" else "fulfilment",
        obj="manual_request",
        body={"number": manual.number, "question": question.id, "reply": answered is not None},
        cnt=1,
    )
    found = vault.open_all([question.words, *([answered.words] if answered else [])], under=ref)
    return found[0], found[1] if answered else ""


def names_account(manual: ManualRequest, words: str) -> bool:
    """Say whether a text holds an account number of the request in full, however it is spaced."""
    consent = manual.request.consent
    known = {bytes(row.number_index) for row in consent.accounts.all()} if consent else set()
    runs = {re.sub(r"\D", "", found[0]) for found in _NUMBER.finditer(words)} | set(re.findall(r"\d+", words))
    return any(vault.blind_index("account_number", each) in known for each in runs)


def _reply(
    question: Question, answer: Answer, words: str, *, how: SaidBy, actor: Actor, now: datetime
) -> Refusal | None:
    kind = QUESTIONS[Asks(question.asks)]
    if answer not in kind.answers or len(words) > LONGEST:
        return Refusal("ask.invalid")
    if question.asks == Asks.WORDS and answer == Answer.DONE and not words.strip():
        return Refusal("ask.invalid")
    if (found := together.over_replies(question.manual, words, now=now)) is not None:
        login = refusing.login(found, inlet="web_form", part="words")
        refusing.count(login, actor)
        return login
    with transaction.atomic():
        manual = standing.locked(question.manual_id)
        current = waiting(manual)
        if current is None or current.id != question.id:
            return Refusal("state.conflict")
        fee = current.fee
        pays = fee is not None and answer == Answer.YES
        if fee is not None and pays and (refusal := deciding.wrong_for_her(manual, fee, now)) is not None:
            return refusal
        act = "fee.accepted" if pays else "fee.answered" if fee else "question.answered"
        facts = deciding.facts_of_hers(fee) if fee is not None and pays else {}
        body = {"question": question.id, "asks": question.asks, "answer": answer.value, "how": how.value, **facts}
        ref = standing.event(manual, act, actor, body)
        made, customer = uuid.uuid4(), manual.request.customer_id
        assert customer is not None
        Reply.objects.create(
            id=made,
            question=question,
            answer=answer,
            words=vault.seal(words, subject=customer, place=vault.Place("fees_reply", "words", made)),
            how=how,
            entered_by=None if how == SaidBy.PAGE else actor.id,
            at=now,
            audit_event_id=ref.id,
        )
        if fee is not None and pays:
            deciding.by_her(manual, fee, ref=ref, actor=actor, now=now)
        else:
            if fee is not None:
                decide.overtaken(HER_YES, about=fee.id, actor=actor)
            _go_on(manual, Asks(question.asks), answer, ref, now)
        what = f"Request {manual.number}: the customer answered"
        tell_staff(what, "See the request for what comes next.", key=f"replied:{made}", manual=manual)
    return None


def _go_on(manual: ManualRequest, asks: Asks, answer: Answer, ref: EventRef, now: datetime) -> None:
    if asks == Asks.FEE:
        move(manual, ManualState.FEE_QUOTED, ref=ref, happened_at=now)
    elif answer in QUESTIONS[asks].goes_on:
        move(manual, ManualState.WAITING_ON_UTILITY, ref=ref, happened_at=now)
    else:
        move(manual, ManualState.WAITING_ON_US, ref=ref, happened_at=now)
