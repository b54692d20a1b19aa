from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "broker.demo"
    label = "demo"
