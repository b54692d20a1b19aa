# ruff: noqa: S608  (the text is put together from constants)
"""The one door to a wrapped vault key on PostgreSQL."""

from collections.abc import Iterable, Mapping

NEEDS = ("vault_key", "audit_event", "audit_lane", "audit_alias", "audit_used")
_REFUSE = "RAISE EXCEPTION 'vault: %', {why} USING ERRCODE = 'insufficient_privilege';"


def open_key(parts: Mapping[str, Iterable[str]]) -> str:
    """Give the function's text; `parts` says which parts an event about each type of object may open.

    It returns the wrapped key if the event is committed, at most 60 s old, in a lane that was opened, of the time that
    it says, of the key's subject, about an object that may open the key's part, and has not opened this key before.
    Whether its writer sealed it, the database cannot know: the integrator finds that and raises the alarm.
    """
    cases = " ".join(
        f"WHEN '{name}' THEN ARRAY[{', '.join(f"'{part}'" for part in sorted(allowed))}]"
        for name, allowed in sorted(parts.items())
        if allowed
    )
    may = f"CASE head ->> 'obj' {cases} ELSE ARRAY[]::text[] END" if cases else "ARRAY[]::text[]"
    return (
        "CREATE OR REPLACE FUNCTION open_key(wanted uuid, under bigint) RETURNS bytea LANGUAGE plpgsql "
        "SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ "
        "DECLARE k public.vault_key; ev public.audit_event; head jsonb; may text[]; "
        "BEGIN "
        "SELECT * INTO k FROM public.vault_key WHERE id = wanted; "
        "SELECT * INTO ev FROM public.audit_event WHERE id = under; "
        f"IF k.id IS NULL OR ev.id IS NULL THEN {_refuse('no such key or event')} END IF; "
        # Visible is committed or our own; the age is asked too, because transaction ids begin again in a new cluster.
        f"IF ev.tx = pg_current_xact_id() THEN {_refuse('the event is not committed')} END IF; "
        "IF ev.at < clock_timestamp() - interval '60 seconds' OR ev.at > clock_timestamp() + interval '5 seconds' "
        f"THEN {_refuse('the event is not of the last minute')} END IF; "
        "IF NOT EXISTS (SELECT 1 FROM public.audit_alias a WHERE a.field = 0 AND a.token = k.token "
        f"AND a.kid = ev.kid) THEN {_refuse('the event is about somebody else')} END IF; "
        "head := convert_from(ev.header, 'UTF8')::jsonb; "
        "IF NOT EXISTS (SELECT 1 FROM public.audit_lane l WHERE l.id = under >> 32) "
        "OR (head ->> 'w')::numeric IS DISTINCT FROM under >> 32 "
        "OR (head ->> 'n')::numeric IS DISTINCT FROM under & 4294967295 "
        f"THEN {_refuse('the event is in no lane')} END IF; "
        # `at` is the database's own, `ts` (microseconds) the writer's: a forged one would stand elsewhere in the log.
        "IF (abs((head ->> 'ts')::numeric / 1000000 - extract(epoch FROM ev.at)) <= 300) IS NOT TRUE "
        f"THEN {_refuse('the time of the event is not its own')} END IF; "
        f"may := {may}; "
        "IF (k.part = ANY (may)) IS NOT TRUE OR (head ->> 'res') IS DISTINCT FROM 'ok' "
        f"THEN {_refuse('the event does not open this part')} END IF; "
        "INSERT INTO public.audit_used (event_id, vault_key) VALUES (under, wanted) ON CONFLICT DO NOTHING; "
        f"IF NOT FOUND THEN {_refuse('the event has opened this key before')} END IF; "
        "RETURN k.wrapped; END $$"
    )


def _refuse(why: str) -> str:
    return _REFUSE.format(why=f"'{why}'")
