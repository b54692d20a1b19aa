"""Addresses of reviews of rights (under `console/rights/`)."""

from django.urls import path

from broker.console.rights import views

urlpatterns = [
    path("", views.listing, name="console-rights"),
    path("begin/", views.begin, name="console-rights-begin"),
    path("<uuid:item_id>/", views.one, name="console-rights-one"),
    path("<uuid:item_id>/decide/", views.decide, name="console-rights-decide"),
]
