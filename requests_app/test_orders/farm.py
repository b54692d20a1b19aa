"""The played customer of an ask for many accounts: her invented numbers, and a bill of each (rehearsal alone)."""

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from broker import vault
from broker.rehearsal import paper
from consents.asking.models import ConsentAsk
from consents.models import Draft
from consents.rules import Answers
from consents.several import listed
from consents.several.listed import Account

CHARGES = Decimal("98.11")


def handed_over(answers: Answers, ask: ConsentAsk, draft: Draft, *, now: datetime) -> tuple[Answers, dict[str, bytes]]:
    """Give answers over the accounts that an ask lists, and their bills by index; as they were where it lists none.

    Nobody keeps the numbers of an ask, so each is invented but for its last four digits.
    """
    rows, bills = [], {}
    day = now.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date() - timedelta(days=3)
    for place, asked in enumerate(ask.accounts or (), 1):
        number = f"{place + 10}{secrets.randbelow(90) + 10}{asked['ending']}"
        index = vault.blind_index("account_number", number).hex()
        end = day - timedelta(days=3)
        bills[index] = paper.bill(
            account=number,
            name=answers.name_as_billed,
            address=answers.service_address,
            begin=end - timedelta(days=30),
            end=end,
            due=day + timedelta(days=20),
            charges=CHARGES,
        )
        rows.append(
            Account(
                place,
                asked["ending"],
                index,
                number=number,
                service_address=answers.service_address,
                billed_on=day.isoformat(),
                amount=str(CHARGES),
                file=str(vault.seal_file(bills[index], subject=draft.id, name="bill.pdf")),
            )
        )
    if not rows:
        return answers, bills
    return answers.with_changes(several=listed.write(rows, confirmed=True)), bills
