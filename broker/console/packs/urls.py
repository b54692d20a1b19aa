"""Addresses of evidence packs (under `console/packs/`)."""

from django.urls import path

from broker.console.packs import views

urlpatterns = [
    path("", views.packs, name="console-packs"),
    path("new/", views.new, name="console-pack-new"),
    path("<uuid:pack_id>/", views.pack, name="console-pack"),
    path("<uuid:pack_id>/download/", views.download, name="console-pack-download"),
    path("<uuid:pack_id>/again/", views.again, name="console-pack-again"),
]
