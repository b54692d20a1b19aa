from django.apps import AppConfig


class InletsConfig(AppConfig):
    name = "broker.inlets"
    label = "inlets"
