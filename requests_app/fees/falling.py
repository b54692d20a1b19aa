"""The fee that falls with a request: what a withdrawal asks the utility not to charge (reads only)."""

from consents.effects import Charge
from consents.models import Consent
from requests_app.desk.models import AlsoAttached
from requests_app.fees.lifecycle import FeeState, Payer
from requests_app.fees.models import FeeQuote
from requests_app.lifecycle import ManualState, WithdrawalState, can_move
from requests_app.models import ManualRequest, ReceivedFile


def was_answered(manual: ManualRequest) -> bool:
    """Say whether the utility sent a file for a request: a withdrawal then asks for nothing more."""
    sent = ReceivedFile.objects.filter(message__manual=manual).exists()
    return sent or AlsoAttached.objects.filter(manual=manual).exists()


def of(manual: ManualRequest) -> list[FeeQuote]:
    """Give the fees that the utility named and nobody declined; none where it sent data, which it is paid for."""
    if was_answered(manual):
        return []
    rows = FeeQuote.objects.filter(manual=manual, state__in=[FeeState.QUOTED, FeeState.ACCEPTED])
    return list(rows.order_by("quoted_at", "amount"))


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
