"""A sparing state of the models against one made from nothing, for more operations than our migrations need."""

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState, StateApps

from broker.db.migrating import SparingState

KEY = ("id", models.BigAutoField(primary_key=True))
NAME = ("name", models.CharField(max_length=9))


def points_at(model: str, **options: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(f"made.{model}", models.CASCADE, **options)


def named(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["name"], name=name)


OPERATIONS: list[Operation] = [
    migrations.CreateModel("Place", [KEY, NAME]),
    migrations.CreateModel(
        "Person", [KEY, NAME, ("home", points_at("Place")), ("chief", points_at("Person", null=True))]
    ),
    migrations.CreateModel("Club", [KEY, NAME, ("members", models.ManyToManyField("made.Person"))]),
    migrations.CreateModel(
        "Pass", [KEY, ("club", points_at("Club")), ("person", models.OneToOneField("made.Person", models.CASCADE))]
    ),
    migrations.CreateModel("Stamp", [KEY, ("on", points_at("Pass"))]),
    migrations.CreateModel(
        "Guest",
        [("person_ptr", models.OneToOneField("made.Person", models.CASCADE, parent_link=True, primary_key=True))],
        bases=("made.person",),
    ),
    migrations.CreateModel("Voice", [], options={"proxy": True}, bases=("made.guest",)),
    migrations.CreateModel("Song", [KEY, ("by", points_at("Voice"))]),
    migrations.AddConstraint("Place", named("one_place")),
    migrations.AddConstraint("Person", named("one_person")),
    migrations.AddField("Place", "note", models.TextField(default="")),
    migrations.AddIndex("Place", models.Index(fields=["note"], name="by_note")),
    migrations.AddField("Club", "seat", points_at("Place", null=True, related_name="clubs")),
    migrations.AddField("Club", "guests", models.ManyToManyField("made.Guest", through="made.Visit", related_name="+")),
    migrations.AddIndex("Visit", models.Index(fields=["club"], name="by_club")),
    migrations.AlterField("Person", "name", models.TextField()),
    migrations.RemoveConstraint("Place", "one_place"),
    migrations.AlterModelOptions("Person", {"ordering": ["name"]}),
    migrations.AlterUniqueTogether("Club", {("name", "seat")}),
    migrations.AlterModelTable("Guest", "guests"),
    migrations.AlterField("Place", "id", models.UUIDField(primary_key=True)),
    migrations.AlterField("Club", "seat", models.OneToOneField("made.Place", models.CASCADE, null=True)),
    migrations.RenameField("Person", "home", "lives_in"),
    migrations.RemoveField("Place", "note"),
    migrations.AddConstraint("Club", named("one_club")),
    migrations.RemoveField("Stamp", "on"),
    migrations.DeleteModel("Song"),
]
# The table between two models comes before the field that goes through it.
OPERATIONS.insert(
    13, migrations.CreateModel("Visit", [KEY, ("club", points_at("Club")), ("guest", points_at("Guest"))])
)


def portrait(apps: StateApps) -> dict[str, Any]:
    """Everything that a schema editor looks at; a class that is not the registered one stands out."""
    every = apps.get_models(include_auto_created=True, include_swapped=True)
    known = {id(model) for model in every}

    def label(model: Any) -> str:
        return f"{model._meta.label}{'' if id(model) in known else ' of before'}"

    return {
        label(model): {
            "bases": [label(base) for base in model.__bases__ if hasattr(base, "_meta")],
            "apps": model._meta.apps is apps,
            "table": model._meta.db_table,
            "names": sorted(set(vars(model)) - {"song_set"}),  # Django itself leaves it when `Song` is deleted
            "order": model._meta.ordering,
            "unique": model._meta.unique_together,
            "fields": [
                (field.name, field.column, field.deconstruct()[1:], [label(each) for each in held(field)])
                for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
            ],
            "from": sorted(
                (label(each.related_model), each.field.name, each.get_accessor_name() or "")
                for each in model._meta.get_fields(include_hidden=True)
                if each.auto_created and not each.concrete
            ),
            "constraints": model._meta.constraints,
            "indexes": [index.deconstruct() for index in model._meta.indexes],
        }
        for model in every
    }


def held(field: Any) -> list[type[models.Model]]:
    return [each for name in ("model", "through") if (each := getattr(field.remote_field, name, None))]


def test_after_each_operation_the_classes_are_those_that_are_made_from_nothing() -> None:
    state = SparingState.of(ProjectState())
    assert not state.apps.get_models()
    for number, operation in enumerate(OPERATIONS):
        operation.state_forwards("made", state)
        whole = StateApps(state.real_apps, state.models)
        assert portrait(state.apps) == portrait(whole), f"{number}: {operation.describe()}"


def test_it_makes_few_classes_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made: set[str] = set()  # a class that waits for its base is tried twice
    render = ModelState.render
    monkeypatch.setattr(ModelState, "render", lambda self, apps: (made.add(self.name), render(self, apps))[1])
    state = SparingState.of(ProjectState())
    assert not state.apps.get_models()
    found = []
    for operation in OPERATIONS[:12]:
        made.clear()
        operation.state_forwards("made", state)
        found.append(set(made))
    every = {"Place", "Person", "Club", "Pass", "Stamp", "Guest", "Voice", "Song"}
    assert [len(each) for each in found[:8]] == [1] * 8
    assert found[8:] == [every, every - {"Place"}, every, every]


def test_whoever_is_handed_all_models_gets_them_made_from_nothing() -> None:
    state = SparingState.of(ProjectState())
    before = state.apps
    OPERATIONS[0].state_forwards("made", state)
    assert state.apps is before
    state.clear_delayed_apps_cache()  # as RunPython and the command do
    assert state.apps is not before
