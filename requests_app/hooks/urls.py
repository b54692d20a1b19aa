"""Addresses of webhooks in the API."""

from django.urls import path

from requests_app.hooks import views

urlpatterns = [
    path("webhook-endpoints", views.Endpoints.as_view(), name="api-hooks"),
    path("webhook-endpoints/<uuid:endpoint_id>", views.OneEndpoint.as_view(), name="api-hook"),
    path("webhook-endpoints/<uuid:endpoint_id>/disable", views.Disabling.as_view(), name="api-hook-disable"),
    path("webhook-endpoints/<uuid:endpoint_id>/rotate", views.Rotation.as_view(), name="api-hook-rotate"),
    path("webhook-endpoints/<uuid:endpoint_id>/ping", views.Ping.as_view(), name="api-hook-ping"),
    path("webhook-endpoints/<uuid:endpoint_id>/deliveries", views.Deliveries.as_view(), name="api-hook-deliveries"),
    path("webhook-deliveries/<uuid:delivery_id>/resend", views.Resending.as_view(), name="api-hook-resend"),
]
