"""All pictures that a series allows, in the order in which a page shows them (rules)."""

from requests_app.charts import bars, heat, profile, words
from requests_app.charts.drawn import Picture
from requests_app.charts.series import Series
from requests_app.charts.words import Say


def pictures(series: Series, *, ident: str, say: Say = words.english) -> list[Picture]:
    """Draw bars by month, each year by the hour and the mean day; what the readings are too coarse for is left out.

    `ident` begins the ids of the markup: give each series of a page its own. An empty list where there is no value.
    """
    by_month = bars.bars(series, ident=f"{ident}-bars", by="month", say=say)
    mean = profile.mean_day(series, ident=f"{ident}-day", say=say)
    years = heat.years(series, ident=f"{ident}-hours", say=say)
    return [each for each in (by_month, *years, mean) if each is not None]
