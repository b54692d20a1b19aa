from django.apps import AppConfig


class JointConfig(AppConfig):
    """Who else has a say over an account."""

    name = "consents.joint"
    label = "joint"
