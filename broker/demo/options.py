"""The options of `./run demo`, the same in both of its stages."""

import argparse
from pathlib import Path


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what a rehearsal can be told."""
    parser.add_argument("--once", action="store_true", help="wipe the rehearsal data, play the case, stop")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write what happened to FILE")
    parser.add_argument("--port", metavar="N", type=int, help="the web port (default: 8000 if free)")


def parser() -> argparse.ArgumentParser:
    """Give the parser of the first stage."""
    made = argparse.ArgumentParser(
        prog="./run demo",
        description="Play one whole case on this machine. Example: ./run demo --once --json case.json",
    )
    add_options(made)
    return made
