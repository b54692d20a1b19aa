"""Addresses of the API; the root includes them at `api/v1/`."""

from django.urls import path

from requests_app import api

urlpatterns = [
    path("data-requests", api.DataRequests.as_view(), name="api-requests"),
    path("data-requests/<uuid:request_id>", api.DataRequest.as_view(), name="api-request"),
    path("data-requests/<uuid:request_id>/files/<uuid:file_id>", api.DataFile.as_view(), name="api-file"),
    path("data-requests/<uuid:request_id>/readings", api.Readings.as_view(), name="api-readings"),
    path("consents/<uuid:consent_id>/deletion", api.Deletion.as_view(), name="api-deletion"),
    path("consents", api.Consents.as_view(), name="api-consents"),
]
