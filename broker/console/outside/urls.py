"""Addresses of approvers from outside for our own people (under `duties/outside/`)."""

from django.urls import path

from broker.console.outside import views

urlpatterns = [
    path("", views.listing, name="duties-outside"),
    path("enrol/", views.enrol, name="duties-outside-enrol"),
    path("people/<uuid:outside_id>/end/", views.end, name="duties-outside-end"),
    path("send/<uuid:approval_id>/", views.send, name="duties-outside-send"),
    path("asks/<uuid:ask_id>/recall/", views.recall, name="duties-outside-recall"),
]
