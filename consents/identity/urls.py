"""Addresses of the pages on which a customer proves an account."""

from django.urls import path

from consents.identity import views

urlpatterns = [
    path("my/account/<uuid:account_id>/prove/", views.prove, name="my-prove"),
    path("my/account/<uuid:account_id>/code/", views.code, name="my-posted-code"),
    path("my/account/<uuid:account_id>/code/ask/", views.ask, name="my-posted-code-ask"),
]
