"""Readings by the hour of the clock (rules)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from requests_app.charts.series import HOUR, Series, hour_of


def by_hour(series: Series) -> Mapping[datetime, Decimal]:
    """Give the value of each whole hour, by its beginning in UTC: energy is summed, of power the highest counts.

    An hour of which a part is not told has no value. Nothing at all where a value is longer than an hour.
    """
    if not series.is_by_hour:
        return {}
    held: dict[datetime, timedelta] = {}
    found: dict[datetime, Decimal] = {}
    for each in series.points:
        hour = hour_of(each.start)
        held[hour] = held.get(hour, timedelta()) + each.length
        there = found.get(hour)
        if there is None:
            found[hour] = each.value
        else:
            found[hour] = max(there, each.value) if series.is_peak else there + each.value
    return {hour: value for hour, value in found.items() if held[hour] >= HOUR}
