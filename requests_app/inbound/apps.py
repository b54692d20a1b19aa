"""Mail that comes in."""

from django.apps import AppConfig


class InboundConfig(AppConfig):
    """Holds what was found out about mails and files, and what people chose."""

    name = "requests_app.inbound"
    label = "inbound"
