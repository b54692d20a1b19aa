"""Addresses of test orders, below `api/v1/test/`; `only.rehearsal_only` includes them."""

from django.urls import path

from requests_app.test_orders import views

urlpatterns = [
    path("consent-asks/<uuid:ask_id>/grant", views.Granting.as_view(), name="api-test-grant"),
    path("consent-asks/<uuid:ask_id>/decline", views.Declining.as_view(), name="api-test-decline"),
    path("consent-asks/<uuid:ask_id>/expire", views.Expiring.as_view(), name="api-test-expire"),
    path("consent-asks/<uuid:ask_id>/confirm", views.Confirming.as_view(), name="api-test-confirm"),
    path("consent-asks/<uuid:ask_id>/revoke", views.Revoking.as_view(), name="api-test-revoke"),
]
