"""Every address of the site."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.utils.module_loading import import_string

from broker.console import log_views, receipt_views
from broker.console import views as console_views
from broker.console.outside import page as outside_page
from broker.parties.login import views as login_views

handler400 = "broker.inlets.answers.bad_request"
handler404 = "broker.inlets.answers.not_found"
handler500 = "broker.inlets.answers.broken"

urlpatterns = [
    path("api/v1/", include("requests_app.urls")),  # first: programs call it most, and each call looks for it twice
    path("", console_views.home, name="home"),
    path("offers/<slug:utility>/", console_views.offers, name="offers"),
    path("passwords/", console_views.passwords, name="passwords"),
    path("health", console_views.health, name="health"),
    path("language/", include("django.conf.urls.i18n")),
    path("check/", receipt_views.check, name="check"),
    path("log/checkpoint", log_views.checkpoint, name="log-checkpoint"),
    path("log/vkey", log_views.vkey, name="log-vkey"),
    path("log/receipt-vkey", log_views.receipt_vkey, name="log-receipt-vkey"),
    path("log/continues/<int:old_size>", receipt_views.continuation, name="log-continues"),
    path("log/tile/<str:level>/<path:index>", log_views.tile, name="log-tile"),
    path("problems/<str:code>", console_views.problem, name="problem"),
    path("login/", login_views.SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("after-login/", login_views.after_login, name="after-login"),
    path("enrol/<str:token>/", login_views.enrol, name="enrol"),
    path("sign-in/", include("broker.parties.signin.urls")),
    path("", include("consents.urls")),
    path("v/", include("consents.checking.urls")),
    path("desk/", include("requests_app.desk.urls")),
    path("hooks/", include("requests_app.nectar.urls")),
    path("", include("requests_app.own_urls")),
    path("recipient/", include("requests_app.recipients.urls")),
    path("join/", include("requests_app.recipients.join_urls")),
    path("developers/", include("requests_app.api.guide_urls")),
    path("", include("broker.operating.watching.urls")),
    path("operating/", include("broker.operating.urls")),
    path("duties/waits/", include("broker.console.waits.urls")),
    path("my/waits/", include("broker.console.waits.her_urls")),
    path("duties/outside/", include("broker.console.outside.urls")),
    path("decide/<str:token>/", outside_page.page, name="outside"),
    path("duties/", include("broker.duties.urls")),
    path("admin/", import_string("requests_app.admin_site.site").urls),
    path("console/organisations/", include("requests_app.recipients.review_urls")),
    path("console/packs/", include("broker.console.packs.urls")),
    path("console/incidents/", include("broker.console.incidents.urls")),
    path("console/demands/", include("broker.console.packs.demand_urls")),
    path("console/rights/", include("broker.console.rights.urls")),
    path("console/glass/", include("broker.console.glass.urls")),
    path("console/approvals/", include("broker.console.packs.approval_urls")),
    path("console/", include("broker.console.holds.urls")),
    path("console/", include("broker.console.urls")),
]
