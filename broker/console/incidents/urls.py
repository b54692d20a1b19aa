"""Addresses of the register of incidents (under `console/incidents/`)."""

from django.urls import path

from broker.console.incidents import views

urlpatterns = [
    path("", views.listing_page, name="console-incidents"),
    path("new/", views.new, name="console-incident-new"),
    path("<uuid:incident_id>/", views.incident, name="console-incident"),
    path("<uuid:incident_id>/list/", views.make_list, name="console-incident-list"),
    path("<uuid:incident_id>/proposal/", views.propose, name="console-incident-propose"),
    path("<uuid:incident_id>/delay/", views.delay, name="console-incident-delay"),
    path("<uuid:incident_id>/coop/", views.coop, name="console-incident-coop"),
    path("<uuid:incident_id>/customers/", views.customers, name="console-incident-customers"),
    path("<uuid:incident_id>/step/", views.step, name="console-incident-step"),
]
