"""Addresses of the billing desk's page; `/desk/CODE` stands in each request mail."""

from django.urls import path

from requests_app.desk import views

urlpatterns = [
    path("", views.enter, name="desk"),
    path("code/", views.code, name="desk-code"),
    path("requests/", views.requests, name="desk-requests"),
    path("requests/<uuid:manual_id>/<slug:kind>/", views.act, name="desk-act"),
    path("leave/", views.leave, name="desk-leave"),
    path("<str:hint>", views.enter, name="desk-hint"),
]
