"""Every address of the officer's console (under `console/`)."""

from django.urls import path

from broker.console import views

urlpatterns = [
    path("", views.console, name="console"),
    path("find/", views.find, name="console-find"),
]
