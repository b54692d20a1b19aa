"""What is declared of requests without a log is about something, and the try itself sees what it has to see (G4)."""

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from broker.parties.models import Organisation
from tests import cluster, factories
from tests.completeness import broken, broken_postgresql
from tests.completeness.declared import DECLARED
from tests.completeness.declared_broken import ANSWERS, JOBS, LEFT
from tests.completeness.watch import WITHOUT_ANSWER


def test_what_may_be_left_and_what_answers_all_the_same_exists_and_has_its_reason() -> None:
    tables = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    for name, why in LEFT.items():
        table, _dot, column = name.partition(".")
        assert len(why.split()) >= 8
        assert table in tables or table == "sqlite_sequence"
        assert not column or column in {each.column for each in tables[table]._meta.concrete_fields}
    assert all(DECLARED[name] and len(why.split()) >= 8 for name, why in ANSWERS.items())
    assert len(ANSWERS) <= 1
    assert len(JOBS) <= 2


def test_as_many_requests_are_tried_as_leave_an_entry() -> None:
    """Each of these stands in a walk, and each walk demands that it came to all of its own."""
    tried = [name for name, events in DECLARED.items() if events and name.split()[0] not in WITHOUT_ANSWER]
    assert len(tried) >= 450


def test_a_request_that_answers_says_more_or_changes_something_without_a_log_is_seen(committing: str) -> None:
    organisation = factories.organisation()
    wrong = {"sqlite": broken.wrong, "postgresql": broken_postgresql.wrong}[committing]
    where = {"sqlite": "parties_organisation.slug", "postgresql": "django_content_type"}[committing]

    def changes() -> None:
        if committing == "sqlite":
            Organisation.objects.filter(id=organisation.id).update(slug="gwen")
        else:  # no trigger of ours asks there for an entry, and the application may not write it
            with cluster.connect("postgres", connection.settings_dict["NAME"]) as admin:
                admin.execute("UPDATE django_content_type SET model = 'gwen' WHERE model = 'organisation'")
        Client().get("/health")

    assert wrong(lambda: None) == ["no answer: None"]
    assert wrong(lambda: Client().get("/health")) == ["answered 200"]
    assert wrong(changes) == [f"{where} changed", "answered 200"]
    assert Organisation.objects.get().slug == organisation.slug  # it is taken back
    assert not ContentType.objects.filter(model="gwen").exists()


def test_a_503_that_says_more_or_comes_late_is_seen(sqlite_db: str) -> None:
    more = broken.Tried(answers=[HttpResponse("Gwen Fields", status=503)], writes=4)
    assert broken.answered(more) == ["does not say when to come back", "tried 4 times", "says Fields", "says Gwen"]
