"""Addresses for whoever runs the installation (under `operating/`)."""

from django.urls import path

from broker.operating import views

urlpatterns = [path("", views.doctor, name="console-doctor")]
