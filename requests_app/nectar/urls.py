"""The address that Nectar calls."""

from django.urls import path

from requests_app.nectar import views

urlpatterns = [path("nectar", views.hook, name="nectar-hook")]
