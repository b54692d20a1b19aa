"""What the form of a page calls its fields, and in which of them one writes more than a line (rules)."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from inspect import unwrap
from types import ModuleType
from typing import Any

from django.forms import BaseForm, Field, Textarea
from django.utils.text import capfirst

OURS = ("broker.", "consents.", "requests_app.")


@dataclass(frozen=True)
class Asked:
    """The forms that a page may have sent: of those that its view has in hand they know most of the names."""

    forms: tuple[type[BaseForm], ...] = ()

    def label(self, name: str) -> str | None:
        """Give the label of a field as the page had it; None where no form knows the field, or two call it otherwise.

        A label that a form makes anew for each reader is not known here, only the one that it begins with.
        """
        said = {str(each.label or capfirst(_bare(name).replace("_", " "))) for each in self._fields(name)}
        return said.pop() if len(said) == 1 else None

    def is_area(self, name: str) -> bool:
        """Say whether the page had room for several lines there."""
        return any(isinstance(each.widget, Textarea) for each in self._fields(name))

    def _fields(self, name: str) -> Iterator[Field]:
        for form in self.forms:
            fields: dict[str, Field] = getattr(form, "base_fields", {})
            if (found := fields.get(_bare(name))) is not None:
                yield found


def asked(view: Callable[..., Any], names: Iterable[str]) -> Asked:
    """Give the forms of the view's module, and of those that it works with, that know most of these names."""
    wanted = {_bare(each) for each in names}
    known = {form: len(wanted & set(getattr(form, "base_fields", {}))) for form in _forms(view.__module__)}
    most = max(known.values(), default=0)
    best = [form for form, count in known.items() if count == most] if most else []
    # Of several that know as many, those that the view itself speaks of.
    spoken = getattr(getattr(unwrap(view), "__code__", None), "co_names", ())
    return Asked(tuple([form for form in best if form.__name__ in spoken] or best))


def _forms(name: str) -> Iterator[type[BaseForm]]:
    module = sys.modules.get(name)
    held = list(vars(module).values()) if module is not None else []
    near = [each for each in held if isinstance(each, ModuleType) and each.__name__.startswith(OURS)]
    for each in (*held, *(value for one in near for value in vars(one).values())):
        if isinstance(each, type) and issubclass(each, BaseForm) and each.__module__.startswith(OURS):
            yield each


def _bare(name: str) -> str:
    """Give a field's name without the number of its form on the page."""
    return name.rpartition("-")[2]
