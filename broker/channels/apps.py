from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "broker.channels"
    label = "channels"
