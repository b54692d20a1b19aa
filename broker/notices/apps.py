from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "broker.notices"
    label = "notices"
