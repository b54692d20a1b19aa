"""What each account and each file of a drop is told to be, in plain words (interface)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from consents.several.listed import Account, Dropped

NO_BILL = _("A recent bill of this account is missing.")
LACKS = _("We cannot read everything on its bill: type what is missing here.")
PROVEN = _("Proven by your bill.")
# Of an account, and of the file that was a bill of it.
CODES: Mapping[str, Any] = {
    "name": _("Its bill names another holder, or none. Its holder signs for it."),
    "joint": _("Its bill names two holders. Sign for it by itself, so that the other is asked."),
    "both": _("Another holder has a say in it. Sign for it by itself, so that the other is asked."),
    "date_old": _("Its bill is too old. Take one of the last two months."),
    "date": _("Its date is not on the bill, or lies in the future."),
    "amount": _("Its amount is not on the bill. Type it with its cents, as it is printed."),
    "service_address": _("This service address is not on the bill. Type it as the bill has it."),
    "account": _("The bill does not bear out its account number."),
    "utility": _("This is a bill of another utility."),
    "too_many": _("Those were too many tries for one day. Try again tomorrow."),
    "lacks": _("Something of it could not be read. Type what is missing in the list below."),
    "before": _("A bill had proven this account already. This one is not kept."),
    "twice": _("You brought this very file before. It counts once."),
    "not_asked": _("It is of no account of the list. It is not kept."),
    "of_several": _("It names more than one account. Bring the bill of each account as a file of its own."),
    "unplaced": _("It names many numbers: we cannot tell its account. Sign for that account by itself."),
    "missed": _("Too many files were of no account of this list. It takes no more: the company has to ask you anew."),
    "too_large": _("This file is larger than 10 MB."),
    "older": _("The list has a newer bill of this account already. This one is not kept."),
    "full": _("Your bills are larger than 100 MB in all. Bring a smaller file of this one."),
    "later": _("There was no time to read this one. Send it again."),
    "no_text": _("We cannot read this file: it is a picture. Download the PDF from SmartHub instead."),
    "file.type": _("This is no PDF, or one that does something when it is opened. Take the PDF from SmartHub."),
    "file.unreadable": _(
        "We cannot read this file: it is broken, or locked with a password. Download the bill from SmartHub."
    ),
    "file.login": _("This file holds something like a login. Take it out, and change that password."),
}


def of_account(row: Account) -> Any:
    """Say of an account what its bill showed, or what is missing."""
    if row.is_proven:
        return PROVEN
    if row.code:
        return CODES.get(row.code, CODES["file.unreadable"])
    return LACKS if row.lacks else NO_BILL


def of_file(each: Dropped) -> Any:
    """Say of a file what became of it."""
    return CODES.get(each.code, CODES["file.unreadable"]) if each.code else PROVEN
