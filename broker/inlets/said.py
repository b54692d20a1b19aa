"""What somebody whose message was refused reads: where it was, what was found, and what to do instead (rules).

Of a finding nothing but its kind is used, and of a place nothing but our own name of it: no word of the message.
"""

import re
from collections.abc import Iterator

from django.forms import Form
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# What our own people read of an inlet.
INLETS = {
    "web_form": "forms of the site",
    "admin_note": "forms of our people",
    "api_json": "the API",
    "url_param": "addresses",
    "csv_upload": "tables and text files",
    "pdf_upload": "PDF files",
    "email_reply": "mail that came",
    "outbound_email": "our own mail",
    "webhook": "our own webhooks",
    "nectar_call": "calls to Nectar",
    "command": "commands on the server",
}
# Kind of a finding: what it is, and what to do instead.
KINDS: dict[str, tuple[str, str]] = {
    "password": (
        _("It looks like a portal password."),
        _("Take it out and send the rest again. If it was real, change it at the portal. Data comes by signed letter."),
    ),
    "pin": (
        _("It looks like a PIN."),
        _("Take the PIN out. If it was real, change it at the portal."),
    ),
    "one_time_code": (
        _("It looks like a one-time code, or what makes such codes."),
        _("Take it out and send the rest again. If it was real, have the portal send you a new one."),
    ),
    "answer": (
        _("It looks like the answer to a security question."),
        _("Take the answer out. If it was real, choose another question at the portal."),
    ),
    "session": (
        _("It looks like a cookie of somebody who is signed in."),
        _("Take it out, and sign out of the portal: then it opens nothing."),
    ),
    "token": (
        _("It looks like a key that signs its holder in."),
        _("Take it out, and sign out of the portal on every device, so that the key ends."),
    ),
    "link": (
        _("It looks like a link that lets its holder in."),
        _("Take the link out, and have the portal send you a new link: then this one ends."),
    ),
    "hint": (
        _("It tells how to find a password."),
        _("Take that part out. Then choose a password that others cannot work out."),
    ),
    "access": (
        _("It gives somebody else access to a portal."),
        _("Take that user or device away at the portal. Give a permission instead: then the co-op sends the data."),
    ),
    "solicitation": (
        _("It asks somebody for a portal login."),
        _("Ask for the data instead of the login: with a permission that the customer signs."),
    ),
    "wrapped": (
        _("It could not be checked to its end."),
        _("Send it again in plain words, without what is packed or encoded in it."),
    ),
    "long": (
        _("It is too long to be checked while you wait."),
        _("Send it in parts. A long text can also be sent as a file."),
    ),
}
# Kind of a finding: words that say the same to us and open nothing.
EXAMPLES: dict[str, str] = {
    "password": _("Please ask my co-op for my bills of last year."),
    "pin": _("Please ask my co-op for my use of last month."),
    "one_time_code": _("I was at the portal today and saved my bill as a file."),
    "answer": _("I opened the portal myself and saved my bill as a file."),
    "session": _("The page with my bills shows an error today."),
    "token": _("The page with my bills shows an error today."),
    "link": _("I opened the page with my bill myself, and send the file."),
    "hint": _("I still get into the portal. Please tell me which bills you need."),
    "access": _("I want to share my bills of last year by signed letter."),
    "solicitation": _("Please sign here that we may see your bills of last year."),
    "wrapped": _("My bill of March is higher than my bill of February."),
    "long": _("This is the first of two messages."),
}
_FILE = _("Save the file without that part, then send it again.")
# Our name of a part (`parts`): words for it.
_PLACES = (
    (
        re.compile(r"field \(name not shown\)|query \(name not shown\)|header .*"),
        _("a part that our page does not have"),
    ),
    (re.compile(r"fields together"), _("several fields together")),
    (re.compile(r"file name in .*|file name"), _("the name of the file")),
    (re.compile(r"file in .*|file"), _("the file")),
    (re.compile(r"address of the page|query.*"), _("the address of the page")),
    (re.compile(r"body"), _("the message")),
    (re.compile(r"(?:body|note) with an earlier .*"), _("the message together with an earlier one")),
)
# Fields that several forms of ours have, under names of their own.
_SHARED = {
    "address": _("Address"),
    "code": _("Code"),
    "email": _("E-mail address"),
    "name": _("Name"),
    "note": _("Note"),
    "number": _("Number"),
    "reason": _("Reason"),
    "username": _("User name"),
    "why": _("Reason"),
    "words": _("Your words"),
}
_FIELD = re.compile(r"field (.+)")


def what(kind: str) -> str:
    """Say in the reader's language what a finding of this kind is."""
    return gettext(KINDS.get(kind, KINDS["wrapped"])[0])


def instead(kind: str, *, in_file: bool = False) -> str:
    """Say in the reader's language what to do instead; of a file, what to do with it as well."""
    told = gettext(KINDS.get(kind, KINDS["wrapped"])[1])
    return f"{told} {gettext(_FILE)}" if in_file else told


def example(kind: str) -> str:
    """Give in the reader's language what somebody could write in place of what was found."""
    return gettext(EXAMPLES.get(kind, EXAMPLES["wrapped"]))


def inlet(name: str) -> str:
    """Give the name of an inlet in words, for our own people."""
    return INLETS.get(name, name.replace("_", " "))


def taken_out() -> str:
    """Give what stands in a text that is given back where a part of it was taken out."""
    return gettext("[taken out]")


def place(part: str, label: str | None = None) -> str:
    """Give our own name of a part of a message in words, in the reader's language; `label`: what its form called it."""
    for pattern, words in _PLACES:
        if pattern.fullmatch(part):
            return gettext(words)
    named = _FIELD.fullmatch(part)
    return gettext("the field “%(name)s”") % {"name": label or field(named[1])} if named else part


def field(name: str) -> str:
    """Give the label of a field of ours in the reader's language; its name in words where no form of ours says it."""
    if name in _SHARED:
        return gettext(_SHARED[name])
    labels = set(_labels(name))
    only = labels.pop() if len(labels) == 1 else None
    return only or capfirst(name.replace("_", " "))


def is_file(part: str) -> bool:
    """Say whether a part of a message is a file's words."""
    return part == "file" or part.startswith("file in ")


def _labels(name: str) -> Iterator[str | None]:
    from broker.inlets.forms import GatedFormMixin

    for form in _all(GatedFormMixin):
        given = form.base_fields.get(name)
        # What is said in one language alone is a form of our own people.
        if given is not None and (given.label is None or isinstance(given.label, Promise)):
            yield str(given.label) if given.label is not None else None


def _all(kind: type[Form]) -> Iterator[type[Form]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)
