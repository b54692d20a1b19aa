from django.apps import AppConfig


class DbConfig(AppConfig):
    name = "broker.db"
    label = "db"
