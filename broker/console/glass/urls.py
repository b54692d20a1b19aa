"""Addresses of broken glasses (under `console/glass/`)."""

from django.urls import path

from broker.console.glass import views

urlpatterns = [
    path("", views.listing, name="console-glass"),
    path("break/", views.break_one, name="console-glass-break"),
    path("<uuid:glass_id>/", views.one, name="console-glass-one"),
    path("<uuid:glass_id>/read/", views.read, name="console-glass-read"),
    path("<uuid:glass_id>/end/", views.end, name="console-glass-end"),
    path("<uuid:glass_id>/review/", views.review, name="console-glass-review"),
]
