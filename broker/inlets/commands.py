"""The gate in front of commands on the server: what somebody types behind a command's name."""

import re
from collections.abc import Iterator, Sequence

from broker.credentials import Finding
from broker.looking import look

INLET = "command"
# A path, an address, the name of a file or of a migration: read alone like every argument, but part of no sentence.
_THING = re.compile(r"(?:--?[a-z-]+=)?(?:(?:\.{0,2}|~)/.*|[a-z+]+://.*|[\w-]+(?:\.[\w-]++)*\.[a-z]{2,8}\d?|\d{4}_\w+)")


def found_in(argv: Sequence[str]) -> Finding | None:
    """Give what is found in a command line (the program's name first); raises `Unchecked` where the engine broke."""
    return next((found for text in _texts(argv) if (found := look(text, INLET)) is not None), None)


def _texts(argv: Sequence[str]) -> Iterator[str]:
    """Give each argument alone and with the option that it belongs to, and all of them as one line.

    `--password x` says what it is by its name; and a shell takes a sentence apart into words that say nothing alone.
    """
    command, option = argv[1] if len(argv) > 1 else "", ""
    yield command
    typed = [command]
    for each in argv[2:]:
        name, equals, value = each.partition("=")
        if each.startswith("-"):
            option = name.lstrip("-")
        else:
            value = each
        typed.append(each)
        if each.startswith("-") and not equals:
            # Not its name alone: `--password:x` is one word to a shell, and `-mtext` an option with its value.
            yield option
            if not each.startswith("--"):
                yield option[1:]
            continue
        yield value
        if option:
            yield f"{option.replace('-', ' ')}: {value}"
    said = [each for each in typed[1:] if not _THING.fullmatch(each)]
    if said:
        # Also without what makes an option of a word: the engine takes neither of its signs for a part of a sentence.
        bare = [each.lstrip("-").replace("=", " ") for each in said]
        yield from (" ".join(said), " ".join([command, *said]), " ".join(bare))
