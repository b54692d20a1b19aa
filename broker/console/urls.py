"""Every address of the officer's console (under `console/`)."""

from django.urls import path

from broker.console import (
    cases,
    charts,
    complaints,
    event_page,
    export,
    home,
    reviews,
    saved,
    search_page,
    timeline,
)

urlpatterns = [
    path("", home.console, name="console"),
    path("integrity/", home.meaning, name="console-integrity"),
    path("integrity/verify/", home.verify, name="console-verify"),
    path("integrity/acknowledge/", home.acknowledge, name="console-acknowledge"),
    path("integrity/checkpoint/", home.proof, name="console-proof"),
    path("alarms/<int:event_id>/", home.see_alarm, name="console-alarm-seen"),
    path("log/", timeline.log_page, name="console-log"),
    path("log/export/", export.export, name="console-export"),
    path("find/", timeline.find, name="console-find"),
    path("search/", search_page.search_page, name="console-search"),
    path("views/", saved.views_page, name="console-views"),
    path("views/save/", saved.save, name="console-view-save"),
    path("views/<uuid:view_id>/remove/", saved.remove, name="console-view-remove"),
    path("alerts/<uuid:alert_id>/", saved.open_alert, name="console-alert"),
    path("events/<int:event_id>/", event_page.event, name="console-event"),
    path("events/<int:event_id>/note/", event_page.add_note, name="console-note"),
    path("events/<int:event_id>/proof/", event_page.event_proof, name="console-event-proof"),
    path("events/<int:event_id>/receipt/", event_page.event_receipt, name="console-event-receipt"),
    path("cases/", cases.cases, name="console-cases"),
    path("cases/consent/<uuid:consent_id>/", cases.consent_case, name="console-case-consent"),
    path("cases/request/<uuid:manual_id>/", cases.request_case, name="console-case-request"),
    path("reviews/", reviews.reviews, name="console-reviews"),
    path("charts/", charts.charts, name="console-charts"),
    path("complaints/", complaints.listing, name="console-complaints"),
    path("complaints/<uuid:complaint_id>/", complaints.detail, name="console-complaint"),
    path("complaints/<uuid:complaint_id>/answer/", complaints.answer, name="console-complaint-answer"),
    path("complaints/<uuid:complaint_id>/assign/", complaints.assign, name="console-complaint-assign"),
    path("complaints/<uuid:complaint_id>/close/", complaints.close, name="console-complaint-close"),
]
