from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "broker.console"
    label = "console"
