"""What one run of each kind of job, and of each command, leaves in the log."""

from typing import Any

from tests.completeness.declared_asking import ASKING_JOBS
from tests.completeness.declared_brought import BROUGHT_JOBS
from tests.completeness.declared_completeness import COMPLETENESS_JOBS
from tests.completeness.declared_desk import DESK_JOBS
from tests.completeness.declared_desk_work import DESK_WORK_JOBS
from tests.completeness.declared_duties import GLASS_JOBS, RIGHTS_JOBS, WAITS_JOBS
from tests.completeness.declared_fees import FEES_JOBS
from tests.completeness.declared_gate import GATE_JOBS
from tests.completeness.declared_hooks import HOOKS_JOBS
from tests.completeness.declared_identity import IDENTITY_JOBS
from tests.completeness.declared_incidents import INCIDENT_JOBS
from tests.completeness.declared_joint import JOINT_JOBS
from tests.completeness.declared_ladder import LADDER_JOBS
from tests.completeness.declared_letters import LETTER_JOBS
from tests.completeness.declared_recipients import JOIN_JOBS
from tests.completeness.declared_signin import SIGNIN_JOBS
from tests.completeness.watch import E

_OPERATIONS: dict[str, Any] = {"by": "service", "of": "her", "purpose": "operations", "cnt": 1}
_HERS: dict[str, Any] = {"by": "service", "of": "her"}
_ADDRESS = E("parties.read", **_OPERATIONS, obj="customer", body={"fields": ["email"]})
_LETTER = {"obj": "letter"}
_REQUEST: dict[str, Any] = {**_HERS, "obj": "manual_request"}
_PULL: dict[str, Any] = {**_HERS, "obj": "nectar_pull"}
_EXPORT: dict[str, Any] = {
    "by": "staff/officer",  # the job exports for whoever asked
    "obj": "pack",
    "purpose": "compliance",
    "body": {"pack": "{pack}", "redaction": "masked"},
}

JOBS: dict[str, tuple[E, ...]] = {
    "letter.seal": (
        E("letter.read", **_OPERATIONS, **_LETTER, body={"why": "sealing"}),
        E("letter.sealed", **_HERS, body={"consent": "{consent}"}),
    ),
    "letter.seal waits": (E("letter.read", **_OPERATIONS, **_LETTER, body={"why": "sealing"}),),
    "letter.overdue": (E("letter.refused", **_HERS, **_LETTER, res="error", body={"code": "seal.no_timestamp"}),),
    "letter.archive": (
        E("letter.read", **_OPERATIONS, **_LETTER, body={"why": "archiving"}),
        E("letter.archived", **_HERS, **_LETTER, body={"consent": "{consent}"}),
    ),
    "seal.list": (),  # a list of certificates, nobody's data
    "consent.receipt": (_ADDRESS, E("letter.read", **_OPERATIONS, **_LETTER, body={"why": "receipt"})),
    "notices.send": (
        E("mail.read", **_OPERATIONS, obj="mail", body={"template": "receipt"}),
        E("notice.sent", **_HERS, obj="notice", body={"template": "receipt"}),
    ),
    "consent.stopped": (),  # to the recipient's contact; its sending is an event of the notice
    "stopping.receipt": (_ADDRESS, E("stop.receipt", **_HERS, obj="receipt", body={"consent": "{consent}"})),
    "stopping.follow": (E("stop.looked", **_HERS, obj="consent", body={"waiting": ["utility_request"]}),),
    "paper.deliver": (
        E("paper.read", **{**_OPERATIONS, "purpose": "fulfilment"}, obj="letter", body={"why": "to send it"}),
        E("letter.sealed", **_HERS, body={"consent": "{consent}", "how": "paper"}),
    ),
    "nectar.forget": (
        E("nectar.untracked", **_PULL),
        E("nectar.deleted", **_PULL, body={"companies": 1}),
    ),
    "mail.poll": (),  # without a mailbox; with one each mail has its own event: tests/integration/test_mailbox.py
    "draft.end": (E("draft.deleted", "service", "draft", body={"signed_or_declined": False}),),
    "share_draft.end": (
        E("share.draft_ended", **_HERS, obj="share", purpose="own_data", body={"how": "expired"}),
        E("share.draft_deleted", "service", "shared", body={"files_deleted": 1}),
    ),
    "manual.send": (
        E("letter.read", **{**_OPERATIONS, "purpose": "fulfilment"}, **_LETTER, body={"request": "{number}"}),
        E("request.state", **_REQUEST, body={"state": "sending", "request": "{request}", "consent": "{consent}"}),
        E("request.sent", **_REQUEST, body={"number": "{number}", "kind": "accepted_by_destination"}),
    ),
    "request.told": (_ADDRESS,),
    "request.waits_for_her": (_ADDRESS,),
    "consent.day": (),  # it enqueues what the day brings
    "consent.notices": (_ADDRESS, E("consent.reminded", **_HERS, body={"consent": "{consent}", "kind": "sharing"})),
    "consent.expire": (E("consent.expired", **_HERS, body={"consent": "{consent}", "was": "active"}),),
    "consent.ran_out": (_ADDRESS,),
    "consent.replaced": (_ADDRESS,),
    "consent.paused": (_ADDRESS,),
    "consent.declined": (
        E("draft.read", "service", "link", obj="link", purpose="operations", cnt=1, body={"why": "receipt"}),
    ),
    "recipient.told": (),  # nothing personal is in that mail; its sending is an event of the notice
    "manual.withdraw": (
        E("request.state", **_REQUEST, body={"state": "sending", "mail": "withdrawal"}),
        E("request.withdrawn", **_REQUEST, body={"number": "{number}", "consent": "{consent}"}),
    ),
    "nectar.upload": (
        E("nectar.state", **_PULL, body={"state": "uploading", "consent": "{consent}"}),
        E("nectar.state", **_PULL, body={"state": "company"}),
        E("nectar.uploaded", **_PULL, purpose="fulfilment", cnt=1, body={"data_types": ["bill"]}),
        E("nectar.state", **_PULL, body={"state": "waiting", "consent": "{consent}"}),
    ),
    "series.compare": (  # two files of the same days, of which one says otherwise
        E("data.compared", **_HERS, obj="data", purpose="fulfilment", cnt=2),
        E("data.imported", **_HERS, obj="data", body={"fresh": 0, "same": 1, "differs": 1}),
    ),
    "nectar.hint": (  # Nectar says otherwise of a document that was taken
        E("data.compared", **_HERS, obj="data", purpose="fulfilment", cnt=1),
        E("nectar.revised", **_PULL, body={"series": 1, "consent": "{consent}"}),
    ),
    "nectar.poll": (E("nectar.received", **_PULL, body={"consent": "{consent}", "documents": 1}),),
    "pack.build begins": (
        E("admin.export", **_EXPORT, cnt=2),
        E("admin.export", **_EXPORT, of="her"),
        E("admin.export", **_EXPORT, of="pack"),
    ),
    "pack.build": (
        E("approval.executed", "service", obj="approval", body={"of": "pack.export", "about": "{pack}"}),
        E("pack.ready", "service", obj="pack", body={"pack": "{pack}", "redaction": "masked"}),
    ),
    "pack.expire": (
        E("pack.expired", "service", obj="pack", body={"pack": "{pack}"}),
        E("pack.deleted", "service", obj="pack", body={"pack": "{pack}"}),
    ),
    "pack.clear": (),  # what a hold kept at the expiry: tests/integration/test_packs_cleared.py
    "electronic.changed": (_ADDRESS,),
    "demand.notice": (_ADDRESS, E("demand.noticed", **_HERS, obj="demand", body={"demand": "{demand}"})),
    "console.watch": (E("view.alerted", "service", obj="event", cnt=1, body={"view": "{view}"}),),
    "console.watch quiet": (),
    "console.verify": (  # once a day it opens every body
        E("log.verified", "service", obj="log", purpose="verification", body={"opened": "every body"}),
        E("log.verdict", "service", obj="log", purpose="verification", body={"kind": "ok", "bodies": True}),
    ),
    "canary.watch": (),
    "clock.check": (),  # the profile's file is the one by which the clocks were started
    "limits.forget": (),  # keyed hashes of who tried a code, and how often
    "approvals.expire": (E("approval.expired", "service", obj="approval", body={"of": "key.shred"}),),
    "canary.watch touched": (
        E("alarm.canary", "service", obj="event", res="error", body={"event": "{touch}", "act": "data.read"}),
    ),
}

JOBS |= JOIN_JOBS
JOBS |= BROUGHT_JOBS
JOBS |= DESK_JOBS | JOINT_JOBS | IDENTITY_JOBS | LETTER_JOBS

JOBS |= ASKING_JOBS
JOBS |= COMPLETENESS_JOBS
JOBS |= DESK_WORK_JOBS
JOBS |= FEES_JOBS
JOBS |= GATE_JOBS | GLASS_JOBS | RIGHTS_JOBS | WAITS_JOBS
JOBS |= SIGNIN_JOBS | INCIDENT_JOBS
JOBS |= HOOKS_JOBS
JOBS |= LADDER_JOBS

COMMANDS: dict[str, tuple[E, ...]] = {
    "enrol_organisation": (E("parties.created", "service", body={"slug": "acme-energy"}),),
    "create_application": (E("parties.created", "service", obj="application", body={"mode": "test"}),),
    "enroll_officer": (E("parties.created", "service", body={"role": "officer"}),),
    "plant_canary": (E("parties.created", "service", "canary"),),
    "list_reissue": (),  # numbers of letters; nothing is opened
    "verify_log": (),  # hashes and signatures; no body is opened
    "verify_log with keys": (
        E("log.verified", "service", obj="log", purpose="verification", body={"opened": "every body"}),
        E("log.verdict", "service", obj="log", purpose="verification", body={"kind": "ok", "bodies": True}),
    ),
    "export_tiles": (),  # hashes, and bundles that stay sealed
    "compare_access_log": (),  # counts headers
    "decide": (),  # the rules alone: nothing of the database is read
    "business_clock": (),  # dates alone, by the published calendar
    "scan_credentials": (),  # what it is given, and nothing else
    "declare_installation": (),  # it was declared before
}

# Commands that are not walked here, and what they leave is tested where.
NOT_WALKED = {
    "integrate": "runs until it is told to stop; its own events: tests/integration/test_audit_integrator.py",
    "sign_log": "the signer has no login to the database",
    "make_log_key": "writes key files, before there is a log",
    "rotate_log_key": "works on the signer's key files; the announcement is announce_log_key's",
    "announce_log_key": "needs a rotation of keys: tests/integration/test_audit_rotation.py",
    "open_new_origin": "needs a declared loss: tests/integration/test_audit_new_origin.py",
    "anchor_log": "asks witnesses outside: tests/integration/test_audit_anchors.py",
    "export_pack": "the same acts as the pages of packs, which are walked: tests/integration/test_packs.py",
    "keep_keys": "the keeper's own login; what it does: tests/integration/test_keep_keys.py, test_destruction.py",
    "rewrap_keys": "the keeper's own login; each key's event: tests/integration/test_destruction.py",
    "doctor": "opens and changes nothing; a declared copy of the keys: tests/integration/test_doctor.py",
    "backup": "needs the owner's login on PostgreSQL; its one entry: tests/integration/test_backup.py",
    "restore_drill": "starts processes on a place of its own; its one entry: tests/integration/test_backup.py",
    "worker": "runs the jobs, which are walked one by one",
    "openapi": "writes what the code says of the API: no database",
    "read_mail": "reads a file that it is given, without a database: tests/integration/test_read_mail.py",
    "import_usage": "reads a file that it is given, without a database: tests/integration/test_import_usage.py",
    "receive_mail": "runs until it is told to stop; each mail: tests/integration/test_receive.py",
    "verify_loa": "opens nothing: hashes of files, and the file it is given: tests/integration/test_checking_files.py",
    "make_keys": "writes the key file, before there is a database",
    "make_seal_key": "writes the seal's key and certificate",
    "revoke_seal": "puts the seal's certificate on the list of revoked ones",
    "print_grants": "prints a list, or compares it with the catalogue: tests/integration/test_print_grants.py",
    "migrate": "changes tables, not rows; runs as the owner",
    "rehearse": "plays the acts of people through the pages, which are walked",
}
