"""What each address leaves in the log, said before it is looked at.

The first word names the walk, the second the address in the URLconf, then the method and what is special. An empty
tuple says that the request changes nothing that is audited and opens nothing that is sealed.
"""

from tests.completeness.declared_asking import ASK_API, ASKING
from tests.completeness.declared_brought import BROUGHT
from tests.completeness.declared_checking import CHECKING
from tests.completeness.declared_clocks import CLOCKS
from tests.completeness.declared_completeness import COMPLETENESS
from tests.completeness.declared_console import CONSOLE, OPEN
from tests.completeness.declared_desk import BILLING_DESK, DIVIDED
from tests.completeness.declared_desk_work import DESK_WORK
from tests.completeness.declared_differences import DIFFERENCES
from tests.completeness.declared_duties import DUTIES, GLASS, OUTSIDE, RIGHTS, WAITS
from tests.completeness.declared_fees import FEES
from tests.completeness.declared_gate import GATE
from tests.completeness.declared_holds import HOLDS
from tests.completeness.declared_hooks import HOOKS
from tests.completeness.declared_identity import IDENTITY
from tests.completeness.declared_incidents import INCIDENTS
from tests.completeness.declared_joint import HOLDERS, JOINT, OBJECT
from tests.completeness.declared_log import LOG
from tests.completeness.declared_orders import ORDERS_ASK, ORDERS_COOP
from tests.completeness.declared_packs import PACKS
from tests.completeness.declared_paper import PAPER
from tests.completeness.declared_recipients import JOIN, RECIPIENT
from tests.completeness.declared_several import SEVERAL
from tests.completeness.declared_signin import SIGNIN
from tests.completeness.declared_stops import STOPS
from tests.completeness.watch import E

_OWN = {"by": "customer", "purpose": "own_data"}
_APP = {"by": "application/application", "of": "her"}
_DESK = {"by": "staff/staff", "of": "her"}
_PAGE = E("admin.viewed", "staff/staff", obj="page", purpose="fulfilment", body={"page": "table"})
_DRAFT = E("draft.read", **_OWN, of="draft", obj="draft", cnt=1, body={"part": "fields"})
_WHOSE = E("draft.read", **_OWN, of="address", obj="link", cnt=1, body={"why": "shown, masked, before signing"})
_SAVED = E("draft.saved", "customer", "draft")
_LETTER = E("draft.read", **_OWN, of="draft", obj="letter", cnt=1, body={"part": "file"})
_PAGES = E("draft.read", **_OWN, of="draft", obj="draft", cnt=12, body={"part": "pages"})
_HELD = E("mail.read", "staff/staff", "holding", obj="message", purpose="fulfilment", cnt=1)
_STAFF_FILE = E("file.read", **_DESK, obj="received_file", purpose="fulfilment", cnt=1)
_READ = {
    "consent": "{consent}",
    "request": "{request}",
    "organisation": "{organisation}",
    "data_types": ["usage_daily"],
}
_NOT_READ = {"res": "denied", "obj": "data", "purpose": "rate_comparison"}
_DECIDED = {"obj": "decision", "purpose": "rate_comparison"}

GRANT: dict[str, tuple[E, ...]] = {
    "share-start GET": (),
    "share-start POST": (E("code.sent", "customer", "address", body={"purpose": "share"}),),
    "share-open GET": (),
    "share-open POST": (E("link.opened", "customer", "address", body={"purpose": "share"}),),
    "share-code GET": (),
    "share-code POST wrong": (E("code.failed", "customer", "address", "denied", body={"tries": 1}),),
    "share-code POST": (E("code.accepted", "customer", "address"), E("draft.saved", "customer", "draft")),
    "share-account GET": (_DRAFT,),
    "share-account POST": (_DRAFT, _SAVED),
    "share-data GET": (_DRAFT,),
    "share-data POST": (_DRAFT, _SAVED),
    "share-purpose GET": (_DRAFT,),
    "share-purpose POST": (_DRAFT, _SAVED),
    "paper-start GET": (),
    "share-terms GET": (_DRAFT,),
    "share-terms POST refused": (_DRAFT,),
    "share-terms POST": (_DRAFT, _SAVED, _WHOSE, E("letter.prepared", "customer", "draft")),
    "share-read GET": (_DRAFT,),
    "share-letter GET": (_LETTER,),
    "share-prepare POST again": (_DRAFT,),  # it is frozen already
    "share-read POST wrong": (_DRAFT,),
    "share-read POST": (_DRAFT, E("letter.shown", "customer", "draft", body={"step": "read", "method": "word"})),
    "share-check GET": (_DRAFT, _WHOSE),
    "share-check POST unnamed": (_DRAFT, _WHOSE),
    "share-check POST": (
        _DRAFT,
        _LETTER,
        _PAGES,
        E("draft.read", **_OWN, of="address", obj="link", cnt=1, body={"why": "signing"}),
        E(
            "consent.granted",
            "customer",
            "her",
            purpose="rate_comparison",
            body={"data_types": ["bill", "usage_daily"], "agreed": {"electronic": True, "opened_pdf": True}},
        ),
    ),
    "share-done GET": (),
    "share-code-again POST": (
        E("code.sent", **_OWN, of="address", obj="link", cnt=1, body={"again": True}),
        E("code.sent", "customer", "second"),
    ),
}

NO: dict[str, tuple[E, ...]] = {"share-decline POST": (E("consent.declined", "unknown"),)}

_GIVEN = {"consent": "{consent}"}
MY: dict[str, tuple[E, ...]] = {
    "my-sign-in GET": (),
    "my-sign-in POST secret": (E("gate.refused", "unknown", res="denied", body={"inlet": "web_form"}),),
    "my-sign-in POST": (E("code.sent", "customer", "address", body={"purpose": "my"}),),
    "my-open GET": (),
    "my-open POST": (E("link.opened", "customer", "address", body={"purpose": "my"}),),
    "my-code GET": (),
    "my-code POST": (E("code.accepted", "customer", "address"), E("auth.login", "customer", "her")),
    "my GET": (E("log.read", **_OWN, of="her", obj="event", body={"page": "my sharing"}),),
    "my-letter GET": (E("letter.read", **_OWN, of="her", obj="letter", cnt=1, body={"consent": "{consent}"}),),
    "my-how-signed GET": (E("consent.viewed", **_OWN, of="her", obj="consent", cnt=1, body={"part": "signing"}),),
    "my-page-as-served GET": (E("consent.viewed", **_OWN, of="her", obj="consent", cnt=1, body={"part": "page"}),),
    "my-access GET": (E("log.read", **_OWN, of="her", obj="event"),),
    "my-paper GET": (),
    "my-paper POST": (
        E("parties.read", by="customer", of="her", purpose="operations", obj="customer", cnt=1),
        E("electronic.withdrawn", "customer", "her"),
    ),
    "my-way GET": (),
    "my-way POST wrong": (),
    "my-way POST": (E("consent.preferred", "customer", "her", obj="consent", body={"channels": ["customer_upload"]}),),
    "my-way POST again": (),
    "my-way GET foreign": (E("auth.foreign", "customer", res="denied", body={"kind": "page", "id": "{other}"}),),
    "my-renew GET": (),
    "my-renew POST": (
        E("parties.read", by="customer", of="her", purpose="operations", obj="customer", cnt=1),
        E("code.sent", "customer", "renewal", body={"purpose": "share"}),
    ),
    "share-code POST renewal": (
        E("code.accepted", "customer", "renewal"),
        E("consent.viewed", **_OWN, of="her", obj="consent", cnt=1, body={"part": "renewal"}),
        E("draft.saved", "customer", "draft"),
    ),
    "share-renewal GET": (_DRAFT,),
    "share-renewal POST": (_DRAFT, _SAVED),
    "my-resume GET": (),
    "my-resume POST": (),  # it is not paused
    "my-share-file GET": (),
    "my-share-file POST none": (),
    "my-share-file POST": (
        E(
            "share.previewed",
            **_OWN,
            of="her",
            obj="share",
            cnt=2,
            body={"consent": "{consent}", "codes": ["file.type"]},
        ),
    ),
    "my-share-guide GET": (),
    "my-share-letter GET": (),
    "my-share-letter POST": (
        E("share.by_letter", **_OWN, of="her", obj="share", body={"consent": "{consent}", "data_types": ["bill"]}),
        E("account.read", **_OWN, of="her", obj="account", cnt=1, body={"fields": ["number"]}),
        E("pull.decided", "customer", "her", **_DECIDED, body={"consent": "{consent}", "codes": []}),
    ),
    "my-share-look GET": (E("share.draft_read", **_OWN, of="shared", obj="share", cnt=2, body={"part": "preview"}),),
    "my-share-look POST": (
        E("share.draft_read", **_OWN, of="shared", obj="share", cnt=1, body={"part": "files"}),
        E("share.received", "customer", "her", obj="share", purpose="own_data", body={"consent": "{consent}"}),
        E("share.draft_ended", **_OWN, of="her", obj="share", body={"consent": "{consent}", "how": "saved"}),
    ),
    "my-share-look POST again": (),  # it is over
    "my-data GET": (),
    "my-data-file GET": (E("data.viewed", **_OWN, of="her", obj="data", cnt=1, body={"what": "file"}),),
    "my-data-file GET foreign": (E("auth.foreign", "customer", res="denied", body={"kind": "file"}),),
    "my-data-use GET": (E("data.viewed", **_OWN, of="her", obj="data", cnt=1, body={"what": "chart"}),),
    "my-data-readings GET": (E("data.viewed", **_OWN, of="her", obj="data", cnt=1, body={"what": "readings"}),),
    "my-stop GET": (),
    "my-stop POST": (E("consent.revoked", "customer", "her", body={"consent": "{consent}", "how": "dashboard"}),),
    "stop GET": (),
    "stop POST": (),  # the consent has ended already
    "stop-letter POST": (E("letter.read", **_OWN, of="her", obj="letter", cnt=1, body={"consent": "{consent}"}),),
    "my-sign-out POST": (E("auth.logout", "customer", "her"),),
}

_HER_OFFICER = {"by": "staff/officer", "of": "her", "purpose": "complaint"}
_QUESTION = {"obj": "complaint", "body": {"complaint": "{question}"}}
ASKED: dict[str, tuple[E, ...]] = {
    "my-access-copy GET": (E("log.exported", **_OWN, of="her", obj="event", body={"as": "csv"}),),
    "my-access-ask GET": (E("log.read", **_OWN, of="her", obj="event"),),
    "my-access-ask GET foreign": (
        E("log.read", **_OWN, of="her", obj="event"),
        E("auth.foreign", "customer", res="denied", body={"kind": "event"}),
    ),
    "my-access-ask POST": (
        E("log.read", **_OWN, of="her", obj="event"),
        E("complaint.opened", **_OWN, of="her", **_QUESTION),
    ),
    "my-question GET": (E("complaint.read", **_OWN, of="her", cnt=1, **_QUESTION),),
    "my-question GET foreign": (E("auth.foreign", "customer", res="denied", body={"kind": "complaint"}),),
    "my-access-report GET": (),
    "my-access-report POST": (E("log.exported", **_OWN, of="her", obj="event", body={"as": "report"}),),
    "my-access-report-pdf GET": (),  # made under the entry that the button wrote
    "console-complaints GET": (
        E("admin.viewed", "staff/officer", obj="page", purpose="compliance", body={"page": "complaints"}),
    ),
    "console-complaint GET": (E("complaint.read", **_HER_OFFICER, cnt=1, **_QUESTION),),
    "console-complaint-assign POST": (E("complaint.assigned", **_HER_OFFICER, **_QUESTION),),
    "console-complaint-answer POST": (
        E(
            "parties.read",
            "staff/officer",
            "her",
            obj="customer",
            purpose="operations",
            cnt=1,
            body={"why": "reply", "fields": ["email"]},
        ),
        E("complaint.answered", **_HER_OFFICER, **_QUESTION),
    ),
    "console-complaint-close POST": (E("complaint.closed", **_HER_OFFICER, **_QUESTION),),
}

API: dict[str, tuple[E, ...]] = {
    "api-requests POST": (
        E("pull.decided", **_APP, **_DECIDED, body={"channel": "manual_request", "consent": "{consent}", "codes": []}),
    ),
    "api-requests POST refused": (
        E("pull.decided", **_APP, **_DECIDED, res="denied", body={"channel": None, "codes": ["scope.data_type"]}),
    ),
    "api-requests POST malformed": (
        E(
            "pull.decided",
            "application/application",
            None,
            "denied",
            obj="decision",
            body={"codes": ["ask.incomplete"]},
        ),
    ),
    "api-requests POST without key": (
        E("pull.refused", "application/application", None, "denied", body={"codes": ["idempotency.missing"]}),
    ),
    "api-requests POST stranger": (E("auth.key_failed", "unknown", None, "denied"),),
    "api-requests POST secret": (
        E("gate.refused", "application/application", None, "denied", cnt=1, body={"inlet": "api_json"}),
        E("gate.refused", **_APP, res="denied", body={"inlet": "api_json"}),  # it names her account
    ),
    "api-check POST": (
        E("pull.checked", **_APP, **_DECIDED, body={"channel": "manual_request", "consent": "{consent}", "codes": []}),
    ),
    "api-check POST refused": (
        E("pull.checked", **_APP, **_DECIDED, res="denied", body={"channel": None, "codes": ["scope.data_type"]}),
    ),
    "api-request GET": (),
    "api-request GET foreign": (
        E("auth.foreign", "application/application", None, "denied", body={"kind": "request", "id": "{request}"}),
    ),
    "api-requests GET": (),
    "api-make-link POST early": (E("auth.foreign", "application/application", None, "denied", body={"kind": "file"}),),
    "api-make-link POST": (
        E("data.link_made", **_APP, obj="data", purpose="rate_comparison", body={"request": "{request}"}),
    ),
    "api-make-link POST refused": (
        E("data.read_refused", **_APP, **_NOT_READ, body={**_READ, "what": "link", "codes": ["consent.revoked"]}),
    ),
    "api-link GET": (
        E("data.read", **_APP, obj="data", purpose="rate_comparison", cnt=1, body={**_READ, "what": "file"}),
    ),
    "api-link GET foreign": (E("auth.foreign", "application/application", None, "denied", body={"kind": "link"}),),
    "api-link GET refused": (
        E("data.read_refused", **_APP, **_NOT_READ, body={**_READ, "codes": ["consent.revoked"]}),
    ),
    "api-readings-csv GET": (
        E("data.read", **_APP, obj="data", purpose="rate_comparison", cnt=1, body={**_READ, "what": "readings"}),
    ),
    "api-readings-xml GET": (
        E("data.read", **_APP, obj="data", purpose="rate_comparison", cnt=1, body={**_READ, "what": "readings"}),
    ),
    "api-bills GET none": (E("data.read", **_APP, obj="data", purpose="rate_comparison", body={"what": "bills"}),),
    "api-bills GET": (E("data.read", **_APP, obj="data", purpose="rate_comparison", cnt=1, body={"what": "bills"}),),
    "api-bills-csv GET": (
        E("data.read", **_APP, obj="data", purpose="rate_comparison", cnt=1, body={"what": "bills"}),
    ),
    "api-bills GET refused": (
        E("data.read_refused", **_APP, **_NOT_READ, body={"what": "bills", "codes": ["consent.revoked"]}),
    ),
    "api-readings GET early": (),  # there is nothing yet that could be refused
    "api-file GET early": (E("auth.foreign", "application/application", None, "denied", body={"kind": "file"}),),
    "api-readings GET": (
        E("data.read", **_APP, obj="data", purpose="rate_comparison", cnt=1, body={**_READ, "what": "readings"}),
    ),
    "api-file GET": (
        E("data.read", **_APP, obj="data", purpose="rate_comparison", cnt=1, body={**_READ, "what": "file"}),
    ),
    "api-consents GET": (
        E(
            "consent.viewed",
            "application/application",
            cnt=1,
            purpose="fulfilment",
            body={"organisation": "{organisation}"},
        ),
        E("consent.viewed", **_APP, obj="account", purpose="rate_comparison", body={"fields": ["number"]}),
    ),
    "api-readings GET refused": (
        E("data.read_refused", **_APP, **_NOT_READ, body={**_READ, "codes": ["consent.revoked"]}),
    ),
    "api-file GET refused": (
        E("data.read_refused", **_APP, **_NOT_READ, body={**_READ, "codes": ["consent.revoked"]}),
    ),
}

DESK: dict[str, tuple[E, ...]] = {
    "admin:index GET": (E("admin.viewed", "staff/staff", obj="page", purpose="fulfilment", cnt=1),),
    "admin:index POST": (),
    "admin:tables GET": (),
    "admin:request GET": (E("admin.viewed", **_DESK, obj="page", purpose="fulfilment", body={"request": "{number}"}),),
    "admin:request-reveal POST": (
        E("account.read", **_DESK, obj="account", purpose="fulfilment", cnt=1, body={"request": "{number}"}),
    ),
    "admin:request-resend POST refused": (),
    "admin:request-resend POST": (
        E("request.state", **_DESK, obj="manual_request", body={"from": "delivery_unknown", "state": "queued"}),
    ),
    "admin:file GET": (_STAFF_FILE,),
    "admin:file-open POST": (_STAFF_FILE,),
    "admin:file POST accept": (
        _STAFF_FILE,
        E("file.accepted", **_DESK, obj="received_file", body={"consent": "{consent}", "data_types": ["usage_daily"]}),
    ),
    "admin:file POST reject": (E("file.rejected", **_DESK, res="denied", obj="received_file"),),
    "admin:held GET": (),  # it leads back to the worklist, and opens nothing
    "admin:held-choose GET": (),
    "admin:held POST": (_HELD,),
    "admin:held-choose POST not_ours": (E("mail.unmatched", "staff/staff", "holding", obj="message"),),
    "admin:held-choose POST again": (),
    "admin:held-choose POST unknown": (),
    "admin:held-choose POST attach": (
        _HELD,
        E("mail.matched", **_DESK, obj="message", cnt=1, body={"request": "{number}"}),
    ),
    "admin:changelist GET": (_PAGE,),
    "admin:changelist POST": (_PAGE,),
    "admin:history POST": (_PAGE,),
    "admin:delete GET": (),
    "admin:add GET": (),
    "admin:change GET": (_PAGE,),
    "admin:history GET": (_PAGE,),
    "admin:change POST": (_PAGE,),
    "admin:delete POST": (),
    "admin:add POST": (),
}

LOGIN: dict[str, tuple[E, ...]] = {
    "enrol GET": (),
    "enrol POST": (E("parties.changed", "staff/officer"),),
    "login GET": (),
    "login POST wrong": (E("auth.failed", "unknown", res="denied"),),
    "login POST": (E("auth.login", "staff/officer"),),
    "after-login GET": (),
    "logout POST": (E("auth.logout", "staff/officer"),),
}

PUBLIC: dict[str, tuple[E, ...]] = {
    "home GET": (), "offers GET": (), "health GET": (), "problem GET": (), "set_language POST": (),
    "ready GET": (), "metrics GET": (),
    "set_language GET": (), "developers GET": (), "developers-guide GET": (), "developers-codes GET": (),
    "developers-openapi GET": (), "passwords GET": (),
}  # fmt: skip

# What Nectar says is kept as ids alone, outside the log; what follows from it is the event of the job that looks.
NECTAR: dict[str, tuple[E, ...]] = {"nectar-hook POST forged": (), "nectar-hook POST": (), "nectar-hook POST again": ()}

WALKS = {"grant": GRANT, "no": NO, "my": MY, "asked": ASKED, "api": API, "desk": DESK, "login": LOGIN, "public": PUBLIC}
WALKS |= {"signin": SIGNIN}
WALKS |= {"asking": ASKING, "ask-api": ASK_API}
WALKS |= {"stops": STOPS, "paper": PAPER, "hooks": HOOKS}
WALKS |= {"joint": JOINT, "object": OBJECT, "holders": HOLDERS}
WALKS |= {"identity": IDENTITY, "several": SEVERAL}
WALKS |= {"completeness": COMPLETENESS}
WALKS |= {"difference": DIFFERENCES}
WALKS |= {"console": CONSOLE, "open": OPEN, "checking": CHECKING}
WALKS |= {"incidents": INCIDENTS, "packs": PACKS, "log": LOG, "holds": HOLDS}
WALKS |= {"clocks": CLOCKS, "billing-desk": BILLING_DESK, "divided": DIVIDED}
WALKS |= {"desk-work": DESK_WORK}
WALKS |= {
    "fees": FEES,
    "gate": GATE,
    "duties": DUTIES,
    "glass": GLASS,
    "rights": RIGHTS,
    "waits": WAITS,
    "outside": OUTSIDE,
}
WALKS |= {"recipient": RECIPIENT, "join": JOIN}
WALKS |= {"nectar": NECTAR}
WALKS |= {"brought": BROUGHT}
WALKS |= {"orders-ask": ORDERS_ASK, "orders-coop": ORDERS_COOP}
DECLARED = {f"{walk} {name}": events for walk, found in WALKS.items() for name, events in found.items()}

# Addresses that are not walked, and why nothing can be missed there.
NOT_WALKED = {
    "login PUT": "Django's form view takes it for a POST; browsers do not send it",
    "admin:login": "sends people to the one sign-in page",
    "admin:logout": "the same act as `logout`, whose signal writes the event",
    "admin:password_change": "answers 404: passwords change at the one sign-in",
    "admin:password_change_done": "answers 404: passwords change at the one sign-in",
    "admin:autocomplete": "no ModelAdmin names a field for it, so it answers 403",
    "admin:jsi18n": "a catalogue of words, the same for everybody",
    "admin:view_on_site": "no model has an address of its own, so it answers 404",
    "admin:redirect": "sends the browser on to the page of the row, which is walked",
    "admin:anything-else": "answers 404, and sends a browser on that forgot the last slash",
    "admin:app_list": "a list of tables without a row of any of them",
}
