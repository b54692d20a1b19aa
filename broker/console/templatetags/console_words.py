"""Codes of our tables and of the log in words, for officers."""

from django import template

from broker.reasons import REASONS
from broker.terms import PURPOSES, CameBy, ChannelName
from requests_app.came_words import CAME_BY

register = template.Library()

CHANNELS = {
    ChannelName.MANUAL_REQUEST: "request to the utility by mail",
    ChannelName.CUSTOMER_UPLOAD: "files from the customer",
    ChannelName.NECTAR: "documents read by Nectar",
    ChannelName.NECTAR_SYNC: "Nectar’s own connection",
}


@register.filter
def channel(code: str) -> str:
    """Name the way by which data comes."""
    return CHANNELS[ChannelName(code)] if code in set(ChannelName) else spaced(code)


@register.filter
def came(code: CameBy) -> str:
    """Say how a file reached us."""
    return CAME_BY[code]


@register.filter
def purpose(code: str) -> str:
    """Name what a customer agreed to, or why something was read."""
    return PURPOSES.get(code, spaced(code))


@register.filter
def reasons(codes: list[str]) -> str:
    """Name the reasons of a decision."""
    return "; ".join(REASONS[code].title if code in REASONS else code for code in codes)


@register.filter
def spaced(code: str | None) -> str:
    """Write a code of one or more words so that it can be read."""
    return (code or "").replace("_", " ")
