"""Closing days by names that can be said in each language; an officer chooses one, and types none (rules)."""

from django.utils.translation import gettext_noop as _

# What an officer may call a day.
CHOSEN: tuple[str, ...] = (
    _("Ice storm"),
    _("Snow"),
    _("Storm or flood"),
    _("Power outage at the office"),
    _("Holiday"),
    _("Day of mourning"),
    _("Office closed"),
)
# What the published profiles call theirs.
PUBLISHED: tuple[str, ...] = (
    _("New Year's Day"),
    _("Birthday of Martin Luther King, Jr."),
    _("Washington's Birthday"),
    _("Memorial Day"),
    _("Juneteenth"),
    _("Independence Day"),
    _("Labor Day"),
    _("Columbus Day"),
    _("Veterans Day"),
    _("Thanksgiving Day"),
    _("Friday after Thanksgiving"),
    _("Christmas Day"),
)
# How an officer knows; the officer's page is in English.
SOURCES: dict[str, str] = {
    "phone": "The co-op said so on the telephone",
    "website": "The co-op's own web page",
    "mail": "A mail from the co-op",
    "news": "The news; the co-op itself did not say so",
}
