"""Start-up checks: the lists of places are read before anything is sent, and name no customers' portal."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from broker.transport import allowed, urls
from broker.transport.errors import EgressRefused


@register("transport")
def places_of_the_list(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse a list that cannot be read, and one that names a portal: nothing of ours ever signs in there."""
    found: list[CheckMessage] = []
    for name, entries in (("ALLOWED_EGRESS", settings.ALLOWED_EGRESS), ("WEBHOOK_EGRESS", settings.WEBHOOK_EGRESS)):
        for entry in entries:
            try:
                host = allowed.read(entry).host
            except EgressRefused as wrong:
                found.append(Error(f"{name}: {wrong}", id="transport.E001"))
                continue
            if urls.is_portal(host):
                found.append(Error(f"{name}: {host} is a customers' portal", id="transport.E002"))
    return found
