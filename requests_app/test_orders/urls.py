"""Addresses of test orders, below `api/v1/test/`; `only.rehearsal_only` includes them."""

from django.urls import path

from requests_app.test_orders import request_views, views

urlpatterns = [
    path("consent-asks/<uuid:ask_id>/grant", views.Granting.as_view(), name="api-test-grant"),
    path("consent-asks/<uuid:ask_id>/decline", views.Declining.as_view(), name="api-test-decline"),
    path("consent-asks/<uuid:ask_id>/expire", views.Expiring.as_view(), name="api-test-expire"),
    path("consent-asks/<uuid:ask_id>/confirm", views.Confirming.as_view(), name="api-test-confirm"),
    path("consent-asks/<uuid:ask_id>/revoke", views.Revoking.as_view(), name="api-test-revoke"),
    path("data-requests/<uuid:request_id>/answer", request_views.Answering.as_view(), name="api-test-request-answer"),
    path("data-requests/<uuid:request_id>/part", request_views.AnsweringInPart.as_view(), name="api-test-request-part"),
    path("data-requests/<uuid:request_id>/late", request_views.AnsweringLate.as_view(), name="api-test-request-late"),
    path("data-requests/<uuid:request_id>/fee", request_views.Charging.as_view(), name="api-test-request-fee"),
    path(
        "data-requests/<uuid:request_id>/accept-fee",
        request_views.AcceptingFee.as_view(),
        name="api-test-request-accept-fee",
    ),
    path(
        "data-requests/<uuid:request_id>/decline-fee",
        request_views.DecliningFee.as_view(),
        name="api-test-request-decline-fee",
    ),
    path("data-requests/<uuid:request_id>/bounce", request_views.Bouncing.as_view(), name="api-test-request-bounce"),
    path(
        "data-requests/<uuid:request_id>/send-again",
        request_views.SendingAgain.as_view(),
        name="api-test-request-send-again",
    ),
    path("data-requests/<uuid:request_id>/clock", request_views.MovingClock.as_view(), name="api-test-request-clock"),
]
