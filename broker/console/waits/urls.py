"""Addresses of waits in the place of a second person (under `duties/waits/`)."""

from django.urls import path

from broker.console.waits import views

urlpatterns = [
    path("", views.listing, name="duties-waits"),
    path("<uuid:approval_id>/begin/", views.begin, name="duties-wait-begin"),
]
