"""The fee that falls with a request: what a withdrawal asks the utility not to charge (reads only)."""

from consents.effects import Charge
from consents.models import Consent
from requests_app.desk.models import AlsoAttached
from requests_app.fees.lifecycle import FeeState, Mail, MailState, Payer
from requests_app.fees.models import FeeQuote
from requests_app.lifecycle import ManualState, WithdrawalState, can_move
from requests_app.models import ManualRequest, ReceivedFile


def was_answered(manual: ManualRequest) -> bool:
    """Say whether the utility sent a file for a request: a withdrawal then asks for nothing more."""
    sent = ReceivedFile.objects.filter(message__manual=manual).exists()
    return sent or AlsoAttached.objects.filter(manual=manual).exists()


def of(manual: ManualRequest) -> list[FeeQuote]:
    """Give the fees that the utility named and nobody declined; none where it sent data, which it is paid for.

    One whose yes never left us is none of them any more once the utility has named another.
    """
    if was_answered(manual):
        return []
    rows = FeeQuote.objects.filter(manual=manual, state__in=[FeeState.QUOTED, FeeState.ACCEPTED])
    found = list(rows.order_by("quoted_at", "amount"))
    unheard = set(rows.filter(mails__what=Mail.FEE_ACCEPTED, mails__state=MailState.VOID).values_list("id", flat=True))
    newest = found[-1].quoted_at if found else None
    return [fee for fee in found if fee.id not in unheard or fee.quoted_at == newest]


def charges(consent: Consent) -> list[Charge]:
    """Give the fees that she said yes to and that fall, or fell, with this consent."""
    found = []
    rows = ManualRequest.objects.filter(request__consent=consent, fees__payer=Payer.CUSTOMER).distinct()
    for manual in rows.order_by("created_at"):
        if manual.withdrawal == "" and not can_move(ManualState(manual.state), ManualState.WITHDRAWN):
            continue
        told = manual.withdrawal == WithdrawalState.SENT
        hers = [fee for fee in of(manual) if fee.payer == Payer.CUSTOMER]
        found += [Charge(manual.number, str(fee.amount), told=told) for fee in hers]
    return found
