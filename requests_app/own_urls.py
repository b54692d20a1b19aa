"""Addresses of a customer's own data."""

from django.urls import path

from requests_app import own_views, why_views
from requests_app.brought.urls import hers as brought
from requests_app.completeness import views as completeness
from requests_app.fees import hers
from requests_app.upload.urls import urlpatterns as upload

urlpatterns = [
    *upload,
    *brought,
    path("my/data/", own_views.listing, name="my-data"),
    path("my/data/readings.csv", own_views.readings, name="my-data-readings"),
    path("my/data/use/<uuid:account_id>/<slug:data_type>/", own_views.use, name="my-data-use"),
    path("my/data/<uuid:file_id>/", own_views.file, name="my-data-file"),
    path("my/requests/<uuid:request_id>/date/", why_views.hers, name="my-request-date"),
    path("my/asks/<uuid:request_id>/way/", why_views.way, name="my-request-way"),
    path("my/requests/<uuid:request_id>/", completeness.hers, name="my-request-came"),
    path("my/requests/<uuid:request_id>/question/", hers.question, name="my-request-question"),
]
