"""Acts that need two people; its model comes with the issue that needs it."""

from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """The app has no tables yet."""

    name = "broker.approvals"
    label = "approvals"
