"""Files in, readings out; each importer is a pure function that runs in the sandbox."""

from django.apps import AppConfig


class ImportersConfig(AppConfig):
    """The importers have no tables."""

    name = "broker.importers"
    label = "importers"
