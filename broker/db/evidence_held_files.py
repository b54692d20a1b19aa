# ruff: noqa: S608  (the statements are put together from the constants of this file alone)
"""What can never happen in the database to a file whose sender nobody proved: be accepted by fewer than two people.

It came by a mail that was held, or a member of staff entered it as a scan.
"""

_TABLE = "requests_app_receivedfile"
_TEXT = "evidence: a file of a held mail, or one that staff entered, is accepted by two people"
# Its sender was proven, and it waited only for which request of one mail of ours it is about: it is about one of them.
# `f` is the message on the thread of that request, `m` the held mail; of a mail of several customers each has a part.
PROVEN = (
    "EXISTS (SELECT 1 FROM inbound_mailreading r JOIN requests_app_message m ON m.id = r.message_id "
    "JOIN requests_app_message f ON f.id = NEW.message_id "
    "WHERE r.message_id = c.message_id AND CAST(r.codes AS text) = '[\"mail.which_request\"]' "
    "AND (m.manual_id = f.manual_id OR EXISTS (SELECT 1 FROM desk_enclosed e "
    "JOIN requests_app_message l ON l.id = e.message_id "
    "WHERE e.manual_id = f.manual_id AND l.manual_id = m.manual_id) "
    "OR EXISTS (SELECT 1 FROM desk_mailpart p JOIN requests_app_message l ON l.id = p.message_id "
    "LEFT JOIN desk_enclosed e ON e.message_id = l.id "
    "WHERE p.carrier_id = m.manual_id AND (l.manual_id = f.manual_id OR e.manual_id = f.manual_id))))"
)
# `c` is the choice by which a message (NEW.message_id) came out of the pen: as a copy, as a note, or as a part.
HELD = (
    "(c.attached_id = NEW.message_id OR EXISTS (SELECT 1 FROM desk_alsoattached a "
    "WHERE a.message_id = c.message_id AND a.attached_id = NEW.message_id))"
)
_ALONE = (
    "NEW.state = 'accepted' AND (EXISTS (SELECT 1 FROM inbound_mailchoice c WHERE "
    f"{HELD} AND NOT {PROVEN}) "
    "OR EXISTS (SELECT 1 FROM desk_work_heard h WHERE h.message_id = NEW.message_id)) "
    "AND NOT EXISTS (SELECT 1 FROM approvals_approval a WHERE a.act = 'file.accept_held' AND a.about = NEW.id "
    "AND a.state IN ('approved', 'executed') AND a.approver IS NOT NULL AND a.approver <> a.requester)"
)
# A file stays with the mail that it came by, or it would leave its holding behind.
_MOVED = "OLD.message_id IS NOT NULL AND (NEW.message_id IS NULL OR NEW.message_id <> OLD.message_id)"


SQLITE: list[str] = [
    f'CREATE TRIGGER "ev_{_TABLE}_held" BEFORE UPDATE ON "{_TABLE}" '
    f"WHEN ({_MOVED}) OR (OLD.state <> 'accepted' AND {_ALONE}) BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
    f'CREATE TRIGGER "ev_{_TABLE}_held_born" BEFORE INSERT ON "{_TABLE}" '
    f"WHEN {_ALONE} BEGIN SELECT RAISE(ABORT, '{_TEXT}'); END",
]

_NO = f"RAISE EXCEPTION '{_TEXT}' USING ERRCODE = 'restrict_violation';"
POSTGRES: list[str] = [
    "CREATE OR REPLACE FUNCTION ev_held_file() RETURNS trigger LANGUAGE plpgsql "
    "SET search_path = public, pg_catalog, pg_temp AS $$ BEGIN "
    f"IF TG_OP = 'UPDATE' THEN IF ({_MOVED}) THEN {_NO} END IF; "
    "IF OLD.state = 'accepted' THEN RETURN NEW; END IF; END IF; "
    f"IF {_ALONE} THEN {_NO} END IF; RETURN NEW; END $$",
    f"CREATE TRIGGER ev_held_file BEFORE INSERT OR UPDATE ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION ev_held_file()",
]
