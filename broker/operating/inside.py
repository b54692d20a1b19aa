"""What a drill does inside the restored place, in a process of its own: `python -m broker.operating.inside WHAT`.

Whatever is opened here is opened under an entry of the copy's own log, compared, and forgotten. Nothing of it is said:
the last line is JSON with counts alone.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from itertools import batched
from typing import Any

FORM_FIELD = 'name="csrfmiddlewaretoken" value="'
EXACT = "EXACT: byte for byte"
AT_ONCE = 200  # rows whose values are looked at together
SERVES_WITHIN = 90.0  # seconds for the web server's first answer


def main() -> int:
    """Do one thing and say what was found."""
    import django

    django.setup()
    from broker.audit import log

    log.work_on_a_copy()
    what, *rest = sys.argv[1:]
    known: dict[str, Callable[..., dict[str, Any]]] = {"verify": verify, "open": open_some, "visit": visit}
    found = known[what](*rest)
    print(json.dumps(found))
    return 0


def verify() -> dict[str, Any]:
    """Verify the whole log and open every body of it."""
    from broker.audit import auditing, restored
    from broker.audit.verdicts import sentence
    from broker.terms import SERVICE

    result = restored.verify_restored(SERVICE("drill"), lambda _done: None)
    line = auditing.verdict_line(result)
    return {**line, "leaves": result.leaves, "why": sentence(result.kind, result.first_bad)}


def open_some(most: str) -> dict[str, Any]:
    """Open up to so many sealed files, the newest first, and a value of a tenth as many rows of each table, or `all`.

    What was destroyed, or deleted as it should be, is no more to be opened; anything else that does not open is named.
    """
    from broker.vault import BrokenValue, VaultError

    every, opened = most == "all", {"files": 0, "values": 0}
    parts = (
        ("files", _files(None if every else int(most))),
        ("values", _every_value() if every else _values(int(most))),
    )
    try:
        for kind, one in parts:
            for _ in one:
                opened[kind] += 1
    except (VaultError, BrokenValue) as wrong:
        return {"ok": False, "why": str(wrong), **opened}
    return {"ok": True, **opened}


def _files(most: int | None) -> Iterator[bytes]:
    from broker import vault
    from broker.vault import files
    from broker.vault.models import SealedFile

    done = 0
    for row in SealedFile.objects.order_by("-created_at").iterator(chunk_size=200):
        if done == most:
            return
        _, data = files.as_it_lies(row.id)
        if data is None or files.is_destroyed(row.id):
            continue
        data.close()
        yield vault.open_file(row.id, under=_event(row.subject))
        done += 1


def _sealing() -> Iterator[tuple[Any, list[str]]]:
    """Each table that holds sealed values, and the names of their columns."""
    from django.apps import apps

    from broker import vault

    for model in apps.get_models():
        names = [field.name for field in model._meta.get_fields() if isinstance(field, vault.SealedField)]
        if names and not model._meta.proxy:
            yield model, names


def _values(most: int) -> Iterator[str]:
    from broker import vault
    from broker.vault.models import VaultKey

    for model, names in _sealing():
        done = 0
        share = max(1, most // 10)
        for row in model._default_manager.order_by("-pk")[: 4 * share]:
            values = [value for value in (getattr(row, name) for name in names) if isinstance(value, vault.Sealed)]
            for value in values[:1]:
                key = VaultKey.objects.filter(id=value.key_id, shredded_event__isnull=True).first()
                if key is not None and done < share:
                    yield vault.open(value, under=_event(key.subject))
                    done += 1


def _every_value() -> Iterator[str]:
    """Open every value whose key lives, those of one person together: an entry opens the data of one."""
    from broker import vault
    from broker.vault.models import VaultKey

    for model, names in _sealing():
        rows = model._base_manager.order_by("pk").iterator(chunk_size=AT_ONCE)
        for some in batched(rows, AT_ONCE, strict=False):
            values = [value for row in some for value in (getattr(row, name) for name in names)]
            sealed = [value for value in values if isinstance(value, vault.Sealed)]
            keys = VaultKey.objects.in_bulk({value.key_id for value in sealed})
            of: dict[uuid.UUID, list[vault.Sealed]] = {}
            for value in sealed:
                if value.key_id not in keys:
                    raise vault.WrongKey(f"the key of a sealed value of {model._meta.db_table} is not in the archive")
                if keys[value.key_id].shredded_event is None:
                    of.setdefault(keys[value.key_id].subject, []).append(value)
            for subject, hers in of.items():
                yield from vault.open_all(hers, under=_event(subject))


def _event(subject: uuid.UUID) -> Any:
    from broker.audit import log
    from broker.terms import SERVICE

    return log.append_read(
        "data.read", actor=SERVICE("drill"), subject=subject, purpose="verification", obj="data",
        body={"why": "a restore drill, in a copy"},
    )  # fmt: skip


def visit(url: str) -> dict[str, Any]:
    """Wait for the web server, look at the home page and have a letter checked, over HTTP like a stranger."""
    from broker.transport import http

    calls = [http.Call("GET", path) for path in ("/health", "/", "/v/file/")]
    with http.client("drill", url, calls=[*calls, http.Call("POST", "/v/file/")], timeout=50) as browser:
        if not _answers(browser):
            return {"home": 0, "letter": "none"}
        found: dict[str, Any] = {"home": browser.get("/").status_code, "letter": "none"}
        letter = _letter()
        if letter is None:
            return found
        token = browser.get("/v/file/").text.partition(FORM_FIELD)[2].partition('"')[0]
        pdf = {"file": ("letter.pdf", letter, "application/pdf")}
        answer = browser.post("/v/file/", data={"csrfmiddlewaretoken": token}, files=pdf)
        return {**found, "letter": "exact" if EXACT in answer.text else f"not confirmed ({answer.status_code})"}


def _answers(browser: Any) -> bool:
    from broker.transport.http import HTTPError

    end = time.monotonic() + SERVES_WITHIN
    while time.monotonic() < end:
        try:
            if browser.get("/health").status_code == 200:
                return True
        except HTTPError:
            time.sleep(0.1)
    return False


def _letter() -> bytes | None:
    """The newest letter that was delivered, as it was delivered; None where there is none."""
    from broker import vault
    from broker.vault import files
    from consents.models import LetterFile

    for row in LetterFile.objects.filter(kind=LetterFile.Kind.DELIVERED).order_by("-made_at")[:20]:
        _, data = files.as_it_lies(row.file)
        if data is not None and not files.is_destroyed(row.file):
            data.close()
            return vault.open_file(row.file, under=_event(files.file_facts(row.file).subject))
    return None


if __name__ == "__main__":
    raise SystemExit(main())
