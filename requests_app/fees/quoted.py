"""A customer reads in which words her co-op named a fee (action: the read is an event, then the mail is opened)."""

from datetime import datetime

from broker import vault
from broker.audit import log
from broker.terms import Actor
from requests_app import grants
from requests_app.fees.lifecycle import SaidBy
from requests_app.fees.models import FeeQuote
from requests_app.fees.own_words import sentence
from requests_app.inbound.holding import SEALED
from requests_app.receive import read_mail


def words_of(fee: FeeQuote, *, actor: Actor, now: datetime) -> str:
    """Give the sentence of the utility's mail that names a fee; empty where no mail of it does.

    Nothing is opened of what did not come by mail, waits in the holding pen, or may not be had any more.
    """
    message, consent = fee.message, fee.manual.request.consent
    if fee.said_by != SaidBy.MAIL or message is None or message.kind in SEALED:
        return ""
    if consent is None or grants.not_in_force(consent, now) is not None:
        return ""
    ref = log.append_read(
        "mail.read",
        actor=actor,
        subject=fee.manual.request.customer_id,
        purpose="own_data",
        obj="message",
        body={"message": message.id, "request": fee.manual.number, "why": "to quote the fee"},
        cnt=1,
    )
    try:
        raw = vault.open_file(message.raw, under=ref)
    except vault.Destroyed:
        return ""
    return sentence(read_mail(raw)["texts"], fee.amount)
