"""Addresses of the customer's pages about an ask; each behind its own token."""

from django.urls import path

from consents.asking import views

urlpatterns = [
    path("<str:token>/", views.asked, name="asked"),
    path("<str:token>/no/", views.decline, name="asked-no"),
    path("<str:token>/not-again/", views.block, name="asked-not-again"),
]
