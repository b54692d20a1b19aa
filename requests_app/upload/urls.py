"""Addresses of the guided way to share one's own files."""

from django.urls import path

from requests_app.upload import views

urlpatterns = [
    path("my/<uuid:consent_id>/file/", views.start, name="my-share-file"),
    path("my/<uuid:consent_id>/file/how/<slug:kind>/", views.guide, name="my-share-guide"),
    path("my/<uuid:consent_id>/file/letter/<slug:kind>/", views.letter, name="my-share-letter"),
    path("my/<uuid:consent_id>/file/look/<uuid:draft_id>/", views.look, name="my-share-look"),
]
