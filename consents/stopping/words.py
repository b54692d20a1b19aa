"""What a target is called, and how far it got, for the customer (rules in closed tables; gettext)."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.stopping.lifecycle import Ended, Kind, Reached

UNKNOWN = "—"


def name(kind: str, label: str = "", count: int = 0) -> str:
    """Give what a target is."""
    if kind == Kind.JOBS and not label:
        return _("A bill that was to go to Nectar")
    if kind == Kind.JOBS:
        return _("Request %(number)s to your co-op, which had not gone out") % {"number": label}
    if kind == Kind.UTILITY_REQUEST:
        return _("Request %(number)s to your co-op") % {"number": label}
    if kind == Kind.EXPORTS:
        text = ngettext("%(count)d file that was already read", "%(count)d files that were already read", count)
        return text % {"count": count}
    if kind == Kind.NECTAR and count > 1:
        return _("%(count)d bills that were sent to Nectar") % {"count": count}
    names = {
        Kind.ACCESS: _("The company’s access to your data"),
        Kind.LINKS: _("Open links to your data"),
        Kind.NECTAR: _("A bill that was sent to Nectar"),
        Kind.NECTAR_TRACKING: _("What Nectar collects for your account"),
        Kind.DELETION: _("The company’s word that its copies are deleted"),
    }
    return names.get(Kind(kind), UNKNOWN)


def state(value: str) -> str:
    """Give how far, in a word."""
    names = {Reached.DONE: _("done"), Reached.WAITING: _("waiting"), Reached.CANNOT_UNDO: _("cannot be undone")}
    return names[Reached(value)]


def detail(code: str) -> str:
    """Give how far, in a sentence; nothing for a code that needs none."""
    sentences = {
        "refused_access": _("Every new request and every download is refused."),
        "closed": _("None opens anything from now on."),
        "not_sent": _("It was taken back before it left us."),
        "withdrawing": _("We are telling your co-op, and try until it has our message."),
        "withdrawn": _("Your co-op’s mail server has our message that it is taken back."),
        "refused": _("Your co-op’s mail server refused our message. A person of ours takes care of it."),
        "deleting": _("We are having it deleted there, and try until that is done."),
        "deleted": _("Nectar has deleted it."),
        "untracking": _("We are telling Nectar to collect nothing more, and try until that is done."),
        "untracked": _("Nectar collects nothing for you now."),
        "handed_over": _("We cannot call back what a company has already read."),
        "asked": _("We have asked the company to delete its copies and to confirm that."),
        "attested": _("The company has confirmed it."),
        "overdue": _("The company has not answered in time. A person of ours takes care of it."),
        "by_hand": _("A person of ours has settled it."),
        "given_up": _("A person of ours has tried. It cannot be undone."),
    }
    return sentences.get(code, "")


def ended(by: Ended) -> str:
    """Say whose doing the end was, in a sentence; nothing where she did it herself, which she is told anyway."""
    sentences = {
        Ended.UTILITY: _("Your co-op told us to end it."),
        Ended.OTHERS: _("Somebody else with a say over the account, or our people, ended it."),
        Ended.CLOCK: _("Your permission ran out."),
        Ended.NEWER: _("A newer permission took its place."),
    }
    return sentences.get(by, "")


def end_in_short(by: Ended) -> str:
    """Say the same on a card of her list."""
    return {
        Ended.HER: _("You stopped it"),
        Ended.UTILITY: _("Your co-op told us to end it"),
        Ended.OTHERS: _("Somebody else with a say over the account, or our people, ended it"),
        Ended.CLOCK: _("It ran out"),
        Ended.NEWER: _("A newer permission took its place"),
    }[by]
