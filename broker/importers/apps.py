from django.apps import AppConfig


class ImportersConfig(AppConfig):
    name = "broker.importers"
    label = "importers"
