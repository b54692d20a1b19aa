"""The utility whose customers this installation serves is one that has a profile (a check at start)."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from broker import utilities


def known(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse to start with a home utility of which nothing is known."""
    if utilities.find(settings.HOME_UTILITY) is not None:
        return []
    return [Error(f"HOME_UTILITY={settings.HOME_UTILITY} has no profile", id="consents.E001")]
