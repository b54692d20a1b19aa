# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen in the database to a file that a recipient brought: count as data without its customer's yes.

It becomes what it is not by one step at a time, and none leads to data but her own answer, given while it waited. While
it waits, no file with its bytes is taken as one that was shared; what she shares herself ends the waiting first.
"""

from collections.abc import Iterable

from broker.db.evidence_one_value import guard

_FILE, _ANSWER, _RECEIVED = "brought_broughtfile", "brought_answer", "requests_app_receivedfile"
_NO_YES = "evidence: a file that a recipient brought is taken after its customer said yes, and not otherwise"
_NOT_HERS = "evidence: a file that waits is answered for by its own customer, in time"
_STAYS = "evidence: a file that was brought goes from one state to the next, and what it is stays"
_WAITS = "evidence: a file that waits for its customer is not taken as one that was shared"

_FIXED = ("id", "drop_id", "number", "consent_id", "account_id", "data_type", "media_type", "sha256", "file", "preview",
          "at")  # fmt: skip
_STEPS = (
    "(OLD.state = 'waiting' AND NEW.state IN ('confirmed', 'declined', 'expired', 'ended', 'known')) "
    "OR (OLD.state = 'confirmed' AND NEW.state IN ('taken', 'not_taken', 'ended', 'known'))"
)
# What becomes of it by her answer needs that answer; taken is what holds the very bytes under the very permission.
_UNANSWERED = (
    "(NEW.state IN ('confirmed', 'taken', 'not_taken') AND NOT EXISTS "
    f"(SELECT 1 FROM {_ANSWER} a JOIN consents_consent c ON c.id = NEW.consent_id "
    "WHERE a.file_id = NEW.id AND a.yes AND a.customer_id = c.customer_id)) "
    "OR (NEW.state = 'declined' AND NOT EXISTS "
    f"(SELECT 1 FROM {_ANSWER} a WHERE a.file_id = NEW.id AND NOT a.yes)) "
    f"OR (NEW.state = 'taken' AND NOT EXISTS (SELECT 1 FROM {_RECEIVED} r WHERE r.id = NEW.received_id "
    "AND r.consent_id = NEW.consent_id AND r.sha256 = NEW.sha256 AND r.share_id IS NOT NULL))"
)
_BORN = (
    "NEW.state NOT IN ('refused', 'waiting') OR (NEW.state = 'waiting' AND NOT EXISTS "
    "(SELECT 1 FROM consents_consent c JOIN brought_drop d ON d.organisation_id = c.recipient_id "
    "WHERE c.id = NEW.consent_id AND d.id = NEW.drop_id))"
)
_WRONG_ANSWER = (
    f"NOT EXISTS (SELECT 1 FROM {_FILE} f JOIN consents_consent c ON c.id = f.consent_id "
    "JOIN brought_drop d ON d.id = f.drop_id WHERE f.id = NEW.file_id AND f.state = 'waiting' "
    "AND c.customer_id = NEW.customer_id AND NEW.at < d.expires_at)"
)
_DROP = ("id", "organisation_id", "by_id", "begun_at", "expires_at")
_STILL_WAITS = (
    f"NEW.share_id IS NOT NULL AND EXISTS (SELECT 1 FROM {_FILE} f WHERE f.consent_id = NEW.consent_id "
    "AND f.sha256 = NEW.sha256 AND f.state = 'waiting')"
)


def _changed(form: str, columns: Iterable[str] = _FIXED) -> str:
    return " OR ".join(form.format(c=column) for column in columns)


_LITE_FORM, _PG_FORM = 'OLD."{c}" IS NOT NEW."{c}"', 'OLD."{c}"::text IS DISTINCT FROM NEW."{c}"::text'
# On PostgreSQL the types have no common comparison (uuid, bytea): their text form decides.
_LITE, _PG = _changed(_LITE_FORM), _changed(_PG_FORM)
_MOVES = f"(OLD.state <> NEW.state AND NOT ({_STEPS}))"


def _lite(table: str, name: str, event: str, wrong: str, text: str) -> str:
    return (
        f'CREATE TRIGGER "ev_{table}_{name}" BEFORE {event} ON "{table}" WHEN {wrong} '
        f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    )


SQLITE: list[str] = [
    _lite("brought_drop", "stays", "UPDATE", _changed(_LITE_FORM, _DROP), _STAYS),
    _lite(_FILE, "born", "INSERT", _BORN, _NO_YES),
    _lite(_FILE, "stays", "UPDATE", f"({_LITE}) OR {_MOVES}", _STAYS),
    _lite(_FILE, "yes", "UPDATE", _UNANSWERED, _NO_YES),
    _lite(_ANSWER, "hers", "INSERT", _WRONG_ANSWER, _NOT_HERS),
    _lite(_RECEIVED, "brought", "INSERT", _STILL_WAITS, _WAITS),
]
POSTGRES: list[str] = [
    *guard("ev_brought_drop", _changed(_PG_FORM, _DROP), _STAYS, "UPDATE", "brought_drop"),
    *guard("ev_brought_born", _BORN, _NO_YES, "INSERT", _FILE),
    *guard("ev_brought_stays", f"({_PG}) OR {_MOVES}", _STAYS, "UPDATE", _FILE),
    *guard("ev_brought_yes", _UNANSWERED, _NO_YES, "UPDATE", _FILE),
    *guard("ev_brought_hers", _WRONG_ANSWER, _NOT_HERS, "INSERT", _ANSWER),
    *guard("ev_brought_waits", _STILL_WAITS, _WAITS, "INSERT", _RECEIVED),
]
