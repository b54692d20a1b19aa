#!/usr/bin/env python3
"""Run Django's commands in this project's environment."""

import atexit
import gc
import os
import sys
from contextlib import suppress

REFUSED = 2


def main() -> None:
    """Hand the command line to Django, unless a portal login stands in it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broker.settings")
    try:
        from broker.inlets.commands import INLET, found_in
        from broker.looking import Unchecked
    except ModuleNotFoundError as error:
        if str(error.name).startswith("broker"):
            raise
        sys.exit(f"{error.name} is not installed for this Python. ./run manage takes the one that has it.")

    try:
        found = found_in(sys.argv)
    except Unchecked:
        sys.exit("This command line could not be checked for portal logins. Nothing was done.")
    if found is not None:
        # Some commands run before there is a database; then nothing but the refusal is left.
        with suppress(Exception):
            import django

            django.setup()
            from broker.inlets import incidents
            from broker.inlets.sending import Sender

            incidents.record(found, part="argument", sender=Sender(), inlet=INLET, overridable=False)
        print(f"This command line looks like a portal login ({found.rule}). Nothing was done.", file=sys.stderr)
        print("If it was one, change that password, and clear it from this shell's history.", file=sys.stderr)
        sys.exit(REFUSED)
    from django.core.management import execute_from_command_line

    atexit.register(look_for_garbage_once)
    execute_from_command_line(sys.argv)


def look_for_garbage_once() -> None:
    """End quickly: Python's own end would go through everything that was loaded several times, 0.6 s of each command.

    Once is needed: a connection that a thread left behind is closed by it.
    """
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
