"""Addresses on which two people answer organisations that ask to be enrolled."""

from django.urls import path

from requests_app.recipients import purposes_views, review_views

urlpatterns = [
    path("", review_views.listed, name="console-organisations"),
    path("<uuid:organisation_id>/purposes/", purposes_views.purposes, name="console-organisation-purposes"),
    path("<uuid:sign_up_id>/", review_views.one, name="console-organisation"),
    path("<uuid:sign_up_id>/propose/", review_views.propose, name="console-organisation-propose"),
    path("<uuid:sign_up_id>/link/", review_views.new_link, name="console-organisation-link"),
]
