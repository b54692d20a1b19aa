"""Addresses of files that a recipient brings: its own pages, and the customer's answer."""

from django.urls import path

from requests_app.brought import her_views, views

recipients = [
    path("brought/", views.bring, name="recipient-drops"),
    path("brought/<uuid:drop_id>/", views.one, name="recipient-drop"),
]
hers = [path("my/brought/", her_views.answer, name="my-brought")]
