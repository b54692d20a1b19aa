"""The options of `./run demo`, the same in both of its stages."""

import argparse
from pathlib import Path


def _writable(text: str) -> Path:
    path = Path(text)
    if not path.resolve().parent.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path.parent}")
    return path


def _port(text: str) -> int:
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 1024 to 65535")
    return int(text)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what a rehearsal can be told."""
    parser.add_argument("--once", action="store_true", help="wipe the rehearsal data, play the case, stop")
    parser.add_argument("--json", metavar="FILE", type=_writable, help="write what happened to FILE")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL 17 of its own, with every role")
    parser.add_argument("--port", metavar="N", type=_port, help="the web port (default: 8000 if free)")


def parser() -> argparse.ArgumentParser:
    """Give the parser of the first stage."""
    made = argparse.ArgumentParser(
        prog="./run demo",
        description="Play one whole case on this machine. Example: ./run demo --once --json case.json",
    )
    add_options(made)
    return made
