"""Addresses of the stop switch and of suspensions (under `duties/`)."""

from django.urls import path

from broker.duties import views

urlpatterns = [
    path("team/", views.team_page, name="duties-team"),
    path("stop/", views.switch, name="duties-switch"),
    path("stop/resume/", views.resume, name="duties-resume"),
    path("suspensions/", views.suspensions, name="duties-suspensions"),
    path("suspensions/new/", views.suspend, name="duties-suspend"),
    path("suspensions/<uuid:bar_id>/lift/", views.lift, name="duties-lift"),
]
