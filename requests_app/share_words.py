"""What a customer is told of her own file that is not taken, where the words for who asks for data do not fit (rules).

Those speak of "the customer" and of asking. All are msgids; for every other code the reason's own words serve.
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from broker.inlets import refusing
from broker.inlets.said import instead
from broker.reasons import REASONS
from requests_app import share_days

UNNAMED = "file.unreadable"  # whose words serve where a code has none: nobody is left without an answer
_ENDED = _("This permission is not in force now, so nothing is taken under it. You can give a new one.")
_HELD = _("Your permission is on hold while a question about it is cleared up. Nothing is taken under it meanwhile.")

HERS: dict[str, str] = {
    "consent.absent": _ENDED,
    "consent.expired": _ENDED,
    "consent.revoked": _ENDED,
    "consent.superseded": _("You gave a newer permission. Share the file on the page of that one."),
    "consent.suspended": _HELD,
    "consent.objection": _HELD,
    "consent.paused_dormant": _(
        "Your permission is paused, because nobody used it. Switch it on again, then share the file."
    ),
    "consent.not_started": _("Your permission has not begun yet. Share the file on its first day or later."),
    "scope.account": _("The file names no account of this permission. Send a file of the account that you share."),
    "scope.data_type": _(
        "You did not tick this kind of data in this permission, so we do not take it."
        " Send a kind that you ticked, or give a new permission."
    ),
    "scope.range": _(
        "The file holds days that you did not agree to share, so we do not take it."
        " Send a file of the days in your permission."
    ),
    "scope.onward_recipient": _(
        "This way goes through another company, and you did not agree to that company. Nothing was sent to it."
    ),
    "share.enough": _("Several files named accounts of other people. Please go on tomorrow."),
    "account.ended": _("The file holds days after this account ended. Send a file of the days before."),
    "assurance.too_low": _(
        "For this kind of data we must be surer who signed. On your page you can prove it with a recent bill,"
        " or with a code by post."
    ),
}


def said(code: str, detail: str = "") -> str:
    """Say in the customer's language why her file is not taken, and what she can do.

    `detail`: of a file with other days than she shares, which those are (`share_days.written`); of one with a portal
    login, the kind of what was found.
    """
    if code == refusing.CODE and detail:
        return f"{gettext(REASONS[code].text)} {instead(detail, in_file=True)}"
    if code in HERS:
        return f"{gettext(HERS[code])} {share_days.said(detail)}".rstrip()
    why = REASONS.get(code, REASONS[UNNAMED])
    return f"{gettext(why.text)} {gettext(why.instead)}"


def kept_unread(code: str) -> str:
    """Say that a file was kept and a person looks at it, because we cannot read it with certainty."""
    if code == "file.no_words":
        kept = gettext(
            "This file or a page of it is a picture, a scan, or in letters that no program reads. Our program finds no"
            " words there. We kept it locked away."
        )
        first = gettext("A person looks at it first, then it goes on. You can also send the PDF from your portal.")
        return f"{kept} {first}"
    kept = gettext(
        "We kept your file locked away, but we cannot read it with certainty. Nothing was taken from it yet."
    )
    if code == "file.bill_unread":
        more = gettext("A person looks at it. You can also send the PDF that your portal gives you.")
    else:
        more = gettext("A person looks at it. You can also send a bill instead.")
    return f"{kept} {more}"
