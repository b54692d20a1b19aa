"""Applying migrations without drawing up again, after each operation, most of the models that it does not touch."""

from collections import defaultdict
from typing import Any

from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

type Key = tuple[str, str]  # application, model in small letters


class SparingState(ProjectState):
    """The models after a migration; of their classes only those are made anew that must be (decision 0129)."""

    @classmethod
    def of(cls, state: ProjectState) -> "SparingState":
        """Go on from Django's own state, with the classes that it has."""
        made = cls()
        made.__dict__.update(state.__dict__)
        return made

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        """Make a new model's class alone, as an import does; with no relation changed, a class and what holds it.

        Django says `delay` where no relation changed. All else is left to it.
        """
        if "apps" not in self.__dict__:  # no classes yet
            return
        new = model_name not in self.apps.all_models[app_label]
        if new == delay:  # a relation of a known model changed, or a model was renamed
            super().reload_model(app_label, model_name, delay)
            return
        key = app_label, model_name
        self.is_delayed = True  # whoever is handed all models (RunPython, post_migrate) gets them made from nothing
        found = {key} if new else self._holding(key)
        with self.apps.bulk_update():
            for each in found:
                self.apps.unregister_model(*each)
        self.apps.render_multiple([self.models[each] for each in found])

    def _holding(self, key: Key) -> set[Key]:
        holders: dict[Key, set[Key]] = defaultdict(set)
        for holder, state in self.models.items():
            for field in state.fields.values():
                for held in (getattr(field.remote_field, name, None) for name in ("model", "through")):
                    if held:
                        holders[resolve_relation(held, *holder)].add(holder)
            for base in state.bases:
                if isinstance(base, str):
                    holders[resolve_relation(base, *holder)].add(holder)
        found: set[Key] = set()
        left = {key}
        while left:
            found |= left
            left = set().union(*(holders[each] for each in left)) - found
        return found


class Executor(MigrationExecutor):
    """Django's, with a sparing state on the way forwards; backwards it is Django's alone."""

    def apply_migration(self, state: ProjectState, migration: Any, *args: Any, **options: Any) -> ProjectState:
        """Apply one migration."""
        return super().apply_migration(SparingState.of(state), migration, *args, **options)
