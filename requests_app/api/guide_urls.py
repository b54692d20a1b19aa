"""Addresses of the pages for developers; the root includes them at `developers/`."""

from django.urls import path

from requests_app.api import guides

urlpatterns = [
    path("", guides.index, name="developers"),
    path("codes/", guides.codes, name="developers-codes"),
    path("openapi.yaml", guides.described, name="developers-openapi"),
    path("guides/<slug:name>/", guides.guide, name="developers-guide"),
]
