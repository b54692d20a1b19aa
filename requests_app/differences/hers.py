"""What our people settled about her own numbers, in words for her page (interface)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext

from broker.terms import ChannelName
from requests_app.differences.rules import RULES
from requests_app.one_value.merging import Settled
from requests_app.one_value.reading import Together


def _(text: str) -> str:
    """Mark a text for translation."""
    return text


SOURCES = {
    ChannelName.CUSTOMER_UPLOAD.value: _("the file that you shared"),
    ChannelName.MANUAL_REQUEST.value: _("the file that your co-op sent"),
    ChannelName.NECTAR.value: _("the file that Nectar read"),
}


@dataclass(frozen=True)
class Line:
    """One decision about her numbers: how many, of which days, what came of it, who says it, and why (msgids)."""

    count: int
    first: date
    last: date
    outcome: str
    source: str
    rule: str
    at: datetime

    @property
    def source_words(self) -> str:
        """Name who says what counts, in the reader's language."""
        return gettext(self.source)

    @property
    def rule_words(self) -> str:
        """Say the rule in the reader's language."""
        return gettext(self.rule)


def of(kinds: Iterable[Together]) -> list[Line]:
    """Give the decisions about these values, the oldest first."""
    found: dict[tuple[Settled, str], list[date]] = {}
    for kind in kinds:
        for each in kind.values:
            if each.settled:
                source = _source(kind.series[each.source].file.channel)
                days = found.setdefault((each.settled, source), [])
                days.append(date.fromisoformat(str(each.said["start"])[:10]))
    lines = [
        Line(len(days), min(days), max(days), settled.outcome, source, RULES[settled.rule].hers, settled.at)
        for (settled, source), days in found.items()
    ]
    return sorted(lines, key=lambda one: (one.at, one.first))


def _source(channel: str) -> str:
    return SOURCES.get(channel, SOURCES[ChannelName.CUSTOMER_UPLOAD.value])
