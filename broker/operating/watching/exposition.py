"""Figures as Prometheus reads them (text exposition format 0.0.4; rules).

Every name, label and value of a label comes from the words of the code: nothing that a person wrote can stand here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NAME = re.compile(r"broker_[a-z][a-z_]*")
_LABEL = re.compile(r"[a-z][a-z_]*")
_WORD = re.compile(r"[A-Za-z0-9_./-]{1,80}")


@dataclass(frozen=True)
class Figure:
    """A gauge: its name, what it says, and its value for each combination of labels."""

    name: str
    says: str
    values: Mapping[tuple[tuple[str, str], ...], float] = field(default_factory=dict)


def of(name: str, says: str, value: float | None) -> Figure:
    """Give a figure without labels; None: it is not known, and no value is given."""
    return Figure(name, says, {} if value is None else {(): value})


def by(name: str, says: str, label: str, values: Mapping[str, float]) -> Figure:
    """Give a figure with one label."""
    return Figure(name, says, {((label, word),): value for word, value in values.items()})


def written(figures: Iterable[Figure]) -> str:
    """Write figures down; ValueError where a name or a label's value is no word, which could be somebody's."""
    lines = []
    for each in figures:
        if _NAME.fullmatch(each.name) is None:
            raise ValueError("a figure's name is no word")
        lines += [f"# HELP {each.name} {each.says}", f"# TYPE {each.name} gauge"]
        for labels, value in sorted(each.values.items()):
            if any(_LABEL.fullmatch(name) is None or _WORD.fullmatch(word) is None for name, word in labels):
                raise ValueError(f"a label of {each.name} is no word")
            said = ",".join(f'{name}="{word}"' for name, word in labels)
            lines.append(f"{each.name}{'{' + said + '}' if said else ''} {_digits(value)}")
    return "\n".join(lines) + "\n"


def _digits(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
