from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "broker.parties"
    label = "parties"
