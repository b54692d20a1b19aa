"""Addresses for holders who did not sign."""

from django.urls import path

from consents.joint import objection_views, views

urlpatterns = [
    path("my/<uuid:consent_id>/holder/", views.my_joint, name="my-joint"),
    path("holder/code/", views.code, name="joint-code"),
    path("holder/code/again/", views.code_again, name="joint-code-again"),
    path("holder/open/<str:token>/", views.open_link, name="joint-open"),
    path("holder/<str:token>/", views.notice, name="joint"),
    path("object/", objection_views.start, name="object"),
    path("object/open/<str:token>/", objection_views.open_link, name="object-open"),
    path("object/code/", objection_views.code, name="object-code"),
    path("object/code/again/", objection_views.code_again, name="object-code-again"),
    path("object/account/", objection_views.account, name="object-account"),
    path("object/done/", objection_views.done, name="object-done"),
]
