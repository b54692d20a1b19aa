"""Names on the page that shows what would be saved."""

from datetime import date

from django import template

from requests_app.upload import words

register = template.Library()


@register.filter
def month_name(first: date) -> str:
    """Name a month and its year in the language of the page."""
    return words.month_name(first)
