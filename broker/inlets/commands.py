"""The gate in front of commands on the server: what somebody types behind a command's name."""

from collections.abc import Iterator, Sequence

from broker.credentials import Finding
from broker.inlets.exempt import COMMANDS
from broker.looking import look

INLET = "command"


def found_in(argv: Sequence[str]) -> Finding | None:
    """Give what is found in a command line (the program's name first); raises `Unchecked` where the engine broke."""
    return next((found for text in _texts(argv) if (found := look(text, INLET)) is not None), None)


def _texts(argv: Sequence[str]) -> Iterator[str]:
    """Give each argument alone, and with the option that it belongs to: `--password x` says what it is by its name."""
    command, option = argv[1] if len(argv) > 1 else "", ""
    for each in argv[2:]:
        name, equals, value = each.partition("=")
        if each.startswith("-"):
            option = name.lstrip("-")
            if not equals:
                continue
        else:
            value = each
        if (command, option) not in COMMANDS:
            yield value
            if option:
                yield f"{option.replace('-', ' ')}: {value}"
