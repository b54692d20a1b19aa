"""Addresses of the public sign-up of an organisation."""

from django.urls import path

from requests_app.recipients import join_views

urlpatterns = [
    path("", join_views.start, name="join"),
    path("open/<str:token>/", join_views.open_link, name="join-open"),
    path("code/", join_views.code, name="join-code"),
    path("apply/", join_views.apply, name="join-apply"),
    path("sent/", join_views.sent, name="join-sent"),
]
