"""Addresses of a customer's own data."""

from django.urls import path

from requests_app import own_views

urlpatterns = [
    path("my/data/", own_views.listing, name="my-data"),
    path("my/data/readings.csv", own_views.readings, name="my-data-readings"),
    path("my/data/<uuid:file_id>/", own_views.file, name="my-data-file"),
]
