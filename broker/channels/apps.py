"""The channels."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """The channels have no tables."""

    name = "broker.channels"
    label = "channels"
