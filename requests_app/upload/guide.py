"""The co-op's guide, step by step: how a customer gets her bills and her use out of the portal herself (rules).

Source: the guide's "How to Download Bills" (six steps) and "How to Download Interval Data" (five). All are msgids.
"""

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


@dataclass(frozen=True)
class Step:
    """One step: the picture that we drew for it, what to do, and a sentence of help."""

    picture: str
    heading: str
    text: str
    drawn: str  # what the picture shows, for whoever cannot see it

    def said(self, name: str) -> "Step":
        """Give it in the language of the page, with the co-op's short name."""
        words = {"name": name}
        heading, text, drawn = (gettext(each) % words for each in (self.heading, self.text, self.drawn))
        return Step(self.picture, heading, text, drawn)


BILLS = (
    Step(
        "door",
        _("Open SmartHub in another window"),
        _("It is the portal of %(name)s. Log in there yourself, or choose “Create Account” if you have none yet."),
        _("A window with a button for a new account."),
    ),
    Step(
        "number",
        _("For a new account: type your account number"),
        _("It stands on each bill of %(name)s. Then open the e-mail that the portal sends you."),
        _("A bill with its account number marked, beside a letter."),
    ),
    Step(
        "month",
        _("Open “Billing” or “My Account”, and choose the month"),
        _("You see what the month cost, line by line."),
        _("A list of months, one of them marked."),
    ),
    Step(
        "pdf",
        _("Download the bill as a PDF"),
        _("Do the same for each month that you want to share. The portal keeps up to 24 months."),
        _("A sheet with the letters PDF and an arrow down."),
    ),
    Step(
        "export",
        _("If you like: open “My Usage”, too"),
        _("Some accounts have a download there, as a CSV file. You may share it with your bills."),
        _("A chart with bars, beside a button with the letters CSV."),
    ),
    Step(
        "paperless",
        _("If you like: switch paperless billing on"),
        _("It stands under “Notification Preferences”. You do not need it to share a bill."),
        _("A switch that is on, beside an envelope."),
    ),
)
USAGE = (
    Step(
        "door",
        _("Log in to SmartHub in another window"),
        _("It is the portal of %(name)s."),
        _("A window with a button for a new account."),
    ),
    Step(
        "usage",
        _("Open “My Usage” or “Energy Usage”"),
        _("Choose a daily, weekly or monthly view."),
        _("A chart with bars, over three buttons for day, week and month."),
    ),
    Step(
        "compare",
        _("If you like: compare"),
        _("Some accounts show the weather, or the year before. You do not need it to share."),
        _("Bars of two years side by side, and a sun."),
    ),
    Step(
        "export",
        _("Look for “Download” or “Export”, and choose CSV"),
        _("Take hourly or daily numbers, as far back as it goes. “Green Button Download” is fine, too."),
        _("A chart with bars, beside a button with the letters CSV."),
    ),
    Step(
        "letter",
        _("For numbers every 15 minutes: by letter"),
        _("The portal does not give them out. %(name)s can be asked by letter, and may not have them."),
        _("A letter on its way to a house."),
    ),
)
GUIDES = {"bills": BILLS, "usage": USAGE}


def steps(kind: str, name: str) -> list[Step]:
    """Give the steps of a guide in the language of the page; KeyError for a kind that is none."""
    return [each.said(name) for each in GUIDES[kind]]
