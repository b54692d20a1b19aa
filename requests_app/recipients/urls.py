"""Addresses of a recipient's own pages."""

from django.urls import path

from requests_app.brought.urls import recipients as brought
from requests_app.recipients import ask_views, batch_views, data_views, file_views, hook_views, key_views, request_views

urlpatterns = [
    *brought,
    path("", request_views.home, name="recipient"),
    path("keys/", key_views.listed, name="recipient-keys"),
    path("keys/new/", key_views.new, name="recipient-key-new"),
    path("keys/<uuid:key_id>/", key_views.one, name="recipient-key"),
    path("keys/<uuid:key_id>/revoke/", key_views.revoke, name="recipient-key-revoke"),
    path("webhooks/", hook_views.listed, name="recipient-webhooks"),
    path("webhooks/<uuid:delivery_id>/resend/", hook_views.resend, name="recipient-resend"),
    path("webhooks/<uuid:endpoint_id>/disable/", hook_views.disable, name="recipient-hook-disable"),
    path("webhooks/<uuid:endpoint_id>/again/", hook_views.again, name="recipient-hook"),
    path("asks/", ask_views.listed, name="recipient-asks"),
    path("asks/new/", ask_views.new, name="recipient-ask-new"),
    path("asks/<uuid:ask_id>/", ask_views.one, name="recipient-ask"),
    path("asks/<uuid:ask_id>/do/", ask_views.act, name="recipient-ask-act"),
    path("permissions/", request_views.permissions, name="recipient-permissions"),
    path("requests/", request_views.requests, name="recipient-requests"),
    path("requests/many/", batch_views.ask, name="recipient-many"),
    path("requests/<uuid:request_id>/", request_views.one, name="recipient-request"),
    path("requests/<uuid:request_id>/data/", data_views.data, name="recipient-data"),
    path("requests/<uuid:request_id>/bills/", file_views.bills, name="recipient-bills"),
    path("requests/<uuid:request_id>/bills/bills.csv", file_views.bills_table, name="recipient-bills-csv"),
    path("requests/<uuid:request_id>/files/<uuid:file_id>/", file_views.file, name="recipient-file"),
    path("requests/<uuid:request_id>/data/readings.xml", file_views.green_button, name="recipient-readings-xml"),
    path("requests/<uuid:request_id>/data/readings.csv", data_views.readings, name="recipient-readings"),
    path(
        "requests/<uuid:request_id>/data/<int:number>/<slug:name>.<slug:kind>",
        data_views.picture,
        name="recipient-picture",
    ),
]
