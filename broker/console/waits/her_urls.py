"""The customer's address of a wait (under `my/waits/`)."""

from django.urls import path

from broker.console.waits import views

urlpatterns = [path("<uuid:wait_id>/", views.one_of_hers, name="my-wait")]
