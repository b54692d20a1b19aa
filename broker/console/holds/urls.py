"""Addresses of holds and destruction (under `console/`)."""

from django.urls import path

from broker.console.holds import views

urlpatterns = [
    path("holds/", views.holds, name="console-holds"),
    path("holds/place/", views.place, name="console-hold-place"),
    path("holds/<uuid:hold_id>/", views.hold, name="console-hold"),
    path("holds/<uuid:hold_id>/reason/", views.reason, name="console-hold-reason"),
    path("holds/<uuid:hold_id>/review/", views.review, name="console-hold-review"),
    path("holds/<uuid:hold_id>/release/", views.release, name="console-hold-release"),
    path("retention/", views.queue, name="console-retention"),
    path("retention/ask/", views.ask_due, name="console-retention-ask"),
    path("retention/erase/", views.erase, name="console-erase"),
    path("retention/<uuid:disposal_id>/certificate.pdf", views.disposal_certificate, name="console-certificate"),
]
