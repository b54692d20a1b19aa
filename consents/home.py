"""The utility whose customers we serve has a profile (a check at start); our forms call it by its name."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.functional import lazy
from django.utils.translation import gettext

from broker import utilities


def known(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse to start with a home utility of which nothing is known."""
    if utilities.find(settings.HOME_UTILITY) is not None:
        return []
    return [Error(f"HOME_UTILITY={settings.HOME_UTILITY} has no profile", id="consents.E001")]


def _named(message: str) -> str:
    profile = utilities.find(settings.HOME_UTILITY)
    return gettext(message) % {"name": profile.short_name if profile else ""}


# A text of a form with the utility's short name as `name`, in the language of whoever reads it.
named = lazy(_named, str)
