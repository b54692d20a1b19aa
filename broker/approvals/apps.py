from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    """One model for every two-person act."""

    name = "broker.approvals"
    label = "approvals"
