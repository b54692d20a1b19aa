"""Addresses of the customer's pages."""

from django.urls import include, path

from consents import (
    access_views,
    copy_views,
    grant_views,
    life_views,
    my_views,
    proof_views,
    renewal_views,
    report_views,
    seal_views,
    signing_views,
)
from consents.paper import views as paper_views
from consents.preferring import views as way_views
from consents.several import views as several_views
from consents.stopping import views as stop_views

urlpatterns = [
    path("share/open/<str:token>/", grant_views.open_link, name="share-open"),
    path("share/code/", grant_views.code, name="share-code"),
    path("share/code/again/", grant_views.code_again, name="share-code-again"),
    path("share/renewal/", renewal_views.review, name="share-renewal"),
    path("share/account/", grant_views.account, name="share-account"),
    path("share/accounts/", several_views.accounts, name="share-accounts"),
    path("share/data/", grant_views.data, name="share-data"),
    path("share/purpose/", grant_views.purpose, name="share-purpose"),
    path("share/terms/", grant_views.terms, name="share-terms"),
    path("share/read/", signing_views.read, name="share-read"),
    path("", include("consents.identity.urls")),
    path("share/prepare/", signing_views.prepare, name="share-prepare"),
    path("share/check/", signing_views.check, name="share-check"),
    path("share/letter.pdf", signing_views.letter, name="share-letter"),
    path("share/done/", signing_views.done, name="share-done"),
    path("share/paper/", paper_views.start, name="paper-start"),
    path("share/paper/<slug:slug>/letter.pdf", paper_views.letter, name="paper-letter.pdf"),
    path("share/with/<slug:slug>/", grant_views.start, name="share-start"),
    path("share/with/<slug:slug>/no/", signing_views.decline, name="share-decline"),
    path("my/sign-in/", my_views.sign_in, name="my-sign-in"),
    path("my/open/<str:token>/", my_views.open_link, name="my-open"),
    path("my/code/", my_views.code, name="my-code"),
    path("my/", my_views.dashboard, name="my"),
    path("my/access/", access_views.page, name="my-access"),
    path("my/access/list.csv", access_views.copy, name="my-access-copy"),
    path("my/access/<int:event>/ask/", access_views.ask, name="my-access-ask"),
    path("my/access/report/<int:year>/", report_views.report, name="my-access-report"),
    path("my/access/report/<int:year>/report.pdf", report_views.report_pdf, name="my-access-report-pdf"),
    path("my/access/questions/<uuid:complaint_id>/", access_views.question, name="my-question"),
    path("my/sign-out/", my_views.sign_out, name="my-sign-out"),
    path("my/<uuid:consent_id>/how-signed/", proof_views.how_signed, name="my-how-signed"),
    path("my/<uuid:consent_id>/how-signed/<uuid:page_id>/", proof_views.page_as_served, name="my-page-as-served"),
    path("my/<uuid:consent_id>/letter.pdf", my_views.receipt, name="my-letter"),
    path("my/<uuid:consent_id>/stop/", my_views.stop, name="my-stop"),
    path("my/<uuid:consent_id>/renew/", life_views.renew, name="my-renew"),
    path("my/<uuid:consent_id>/resume/", life_views.resume, name="my-resume"),
    path("my/<uuid:consent_id>/way/", way_views.way, name="my-way"),
    path("my/paper/", life_views.paper, name="my-paper"),
    path("seal/root.crt", seal_views.root, name="seal-root"),
    path("seal/revoked.crl", seal_views.revoked, name="seal-crl"),
    path("deleted/<str:token>/", stop_views.attest_page, name="attest"),
    path("asked/", include("consents.asking.urls")),
    path("", include("consents.joint.urls")),
    path("stop/<str:token>/", my_views.stop_by_link, name="stop"),
    path("stop/<str:token>/letter.pdf", copy_views.letter_by_link, name="stop-letter"),
]
