from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "consents.identity"
    label = "identity"
