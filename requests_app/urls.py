"""Addresses of the API; the root includes them at `api/v1/`."""

from django.urls import include, path

from requests_app.api.views import asks, consents, decisions, files, readings, requests
from requests_app.test_orders.only import rehearsal_only

urlpatterns = [
    path("decisions/check", decisions.Check.as_view(), name="api-check"),
    path("data-requests", requests.DataRequests.as_view(), name="api-requests"),
    path("data-requests/<uuid:request_id>", requests.DataRequest.as_view(), name="api-request"),
    path("data-requests/<uuid:request_id>/files/<uuid:file_id>", files.DataFile.as_view(), name="api-file"),
    path("data-requests/<uuid:request_id>/files/<uuid:file_id>/link", files.Link.as_view(), name="api-make-link"),
    path("open/<str:token>", files.OpenLink.as_view(), name="api-link"),
    path("data-requests/<uuid:request_id>/readings.csv", readings.ReadingsTable.as_view(), name="api-readings-csv"),
    path("data-requests/<uuid:request_id>/readings.xml", readings.ReadingsFeed.as_view(), name="api-readings-xml"),
    path("data-requests/<uuid:request_id>/bills", readings.Bills.as_view(), name="api-bills"),
    path("data-requests/<uuid:request_id>/bills.csv", readings.BillsTable.as_view(), name="api-bills-csv"),
    path("data-requests/<uuid:request_id>/readings", readings.Readings.as_view(), name="api-readings"),
    path("consents/<uuid:consent_id>/deletion", consents.Deletion.as_view(), name="api-deletion"),
    path("consents", consents.Consents.as_view(), name="api-consents"),
    path("consent-asks", asks.Asks.as_view(), name="api-asks"),
    path("consent-asks/<uuid:ask_id>", asks.OneAsk.as_view(), name="api-ask"),
    path("consent-asks/<uuid:ask_id>/resend", asks.Resending.as_view(), name="api-ask-resend"),
    path("consent-asks/<uuid:ask_id>/cancel", asks.Cancelling.as_view(), name="api-ask-cancel"),
    rehearsal_only("test/", "requests_app.test_orders.urls"),
    path("", include("requests_app.hooks.urls")),
]
