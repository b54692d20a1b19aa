"""Addresses of what two people decide (under `console/approvals/`)."""

from django.urls import path

from broker.console.packs import approval_views as views

urlpatterns = [
    path("", views.approvals, name="console-approvals"),
    path("<uuid:approval_id>/", views.approval, name="console-approval"),
    path("<uuid:approval_id>/reason/", views.reason, name="console-approval-reason"),
    path("<uuid:approval_id>/decide/", views.decide, name="console-approval-decide"),
]
