"""Addresses for programs that watch; the proxy of docs/install.md hands neither on to the world."""

from django.urls import path

from broker.operating.watching import views

urlpatterns = [
    path("ready", views.ready, name="ready"),
    path("metrics", views.metrics, name="metrics"),
]
