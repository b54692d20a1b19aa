from django.apps import AppConfig


class PacksConfig(AppConfig):
    name = "broker.console.packs"
    label = "packs"
