"""Asks the part of the matrix that concerns one file, and says whether something is otherwise than declared.

Run in a copy of the tree from which a guard was taken: `python -m tests.authz.notices FILE NAME`. Exit 1: noticed.
"""

import sys
from collections.abc import Iterator

AREAS = (  # whose pages a file serves, where its own views say nothing about it; the first that fits
    ("broker/console/", ("console",)),
    ("requests_app/admin.py", ("tables",)),
    ("requests_app/admin", ("desk", "tables")),
    ("requests_app/fees/urls", ("desk",)),
    ("requests_app/recipients/review", ("console",)),
    ("requests_app/recipients/", ("recipient",)),
    ("broker/duties/", ("duties",)),
    ("broker/operating/", ("operating",)),
    ("broker/parties/login/", ("sign-in",)),
    ("broker/parties/signin/", ("sign-in",)),
    ("broker/parties/", ("api",)),
    ("requests_app/api/", ("api", "recipient")),
    ("requests_app/hooks/", ("api", "recipient")),
    ("requests_app/test_orders/", ("api",)),
    ("requests_app/release", ("api", "recipient")),
    ("consents/stopping/attest", ("api",)),
    ("consents/checking/", ("co-op",)),
    ("requests_app/desk/", ("co-op",)),
    ("consents/asking/", ("api", "recipient")),
    ("requests_app/consent_list", ("api",)),
    ("consents/", ("my", "flows")),
    ("requests_app/", ("my",)),
)


def areas_of(file: str) -> tuple[str, ...]:
    """Give the areas of the matrix in which the pages stand that a file serves."""
    return next(areas for begins, areas in AREAS if file.startswith(begins))


def main(file: str, name: str) -> int:
    """Give 1 where a cell is wrong or something crosses, 0 where nobody notices."""
    from tests.environment import OURS, RUN  # before Django

    assert not OURS
    import django
    from django.conf import settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.WHITENOISE_AUTOREFRESH = True
    settings.LOGGING_CONFIG = None
    django.setup()
    from tests.authz.asking import Asker
    from tests.authz.named import Shared

    asker = Asker(Shared.read(RUN / "authz-sqlite.json"), "sqlite")
    found = next(_wrong(asker, file, name), "")
    asker.end()
    print(found or "nobody noticed")
    return 1 if found else 0


def _wrong(asker: object, file: str, name: str) -> Iterator[str]:
    from tests.authz import matrix
    from tests.authz.asking import Asker
    from tests.authz.paths import places

    assert isinstance(asker, Asker)
    known = matrix.declared()
    all_rows = [
        (place, row)
        for place in places()
        for method in sorted(place.methods)
        if _once(place) and (row := matrix.row_of(place, method, known)) is not None
    ]
    module = file.removesuffix(".py").replace("/", ".")
    areas = areas_of(file)
    mine = [each for each in all_rows if each[0].name == name or each[0].module == module]
    rest = [each for each in all_rows if each not in mine and each[1].area in areas]
    for place, row in mine + rest:
        for actor, declared in row.cells.items():
            if (came := asker.ask(place, row.method, actor)) != declared:
                yield f"{row.method} {row.name} by {actor}: {came}, declared {declared}"
    from tests.authz import crossing, houses, refusals

    if file.startswith("requests_app/recipients/"):
        yield from filter(None, houses.mixed_up(asker))
        yield from filter(None, refusals.passed_over(asker))
    yield from filter(None, crossing.officers(asker) if "console" in areas else ())
    yield from filter(None, (*crossing.siblings(asker), *crossing.waiting(asker)) if "api" in areas else ())
    for area in areas:
        yield from filter(None, crossing.substituted(asker, area))
        yield from filter(None, crossing.leaks(asker, area))


def _once(place: object) -> bool:
    from tests.authz.paths import Place

    return isinstance(place, Place) and place.table in ("", "consent")


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
