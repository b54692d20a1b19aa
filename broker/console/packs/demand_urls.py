"""Addresses of the register of legal demands (under `console/demands/`)."""

from django.urls import path

from broker.console.packs import demand_views as views

urlpatterns = [
    path("", views.demands, name="console-demands"),
    path("new/", views.new, name="console-demand-new"),
    path("<uuid:demand_id>/", views.demand, name="console-demand"),
    path("<uuid:demand_id>/decision/", views.decide, name="console-demand-decide"),
    path("<uuid:demand_id>/order/", views.gag, name="console-demand-gag"),
    path("<uuid:demand_id>/subjects/", views.subjects, name="console-demand-subjects"),
    path("<uuid:demand_id>/notice/", views.notice, name="console-demand-notice"),
    path("<uuid:demand_id>/answer/", views.answer, name="console-demand-answer"),
]
