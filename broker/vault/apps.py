from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "broker.vault"
    label = "vault"
