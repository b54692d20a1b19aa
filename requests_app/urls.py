"""Addresses of the API; the root includes them at `api/v1/`."""

from django.urls import include, path

from requests_app.api.views import consents, data, decisions, requests

urlpatterns = [
    path("decisions/check", decisions.Check.as_view(), name="api-check"),
    path("data-requests", requests.DataRequests.as_view(), name="api-requests"),
    path("data-requests/<uuid:request_id>", requests.DataRequest.as_view(), name="api-request"),
    path("data-requests/<uuid:request_id>/files/<uuid:file_id>", data.DataFile.as_view(), name="api-file"),
    path("data-requests/<uuid:request_id>/readings", data.Readings.as_view(), name="api-readings"),
    path("consents/<uuid:consent_id>/deletion", consents.Deletion.as_view(), name="api-deletion"),
    path("consents", consents.Consents.as_view(), name="api-consents"),
    path("", include("requests_app.hooks.urls")),
]
