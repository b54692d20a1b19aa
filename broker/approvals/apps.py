from django.apps import AppConfig


class ApprovalsConfig(AppConfig):
    name = "broker.approvals"
    label = "approvals"
