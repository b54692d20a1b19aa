"""The evidence pack's ZIP: every byte follows from the names and contents (docs/pack-format.md)."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

MOST_FILES = 65_535
MOST_BYTES = 2**32 - 1


class TooLarge(ValueError):
    """More files or bytes than one pack holds: its scope must be split."""


def write(path: Path | BinaryIO, files: Mapping[str, bytes]) -> None:
    """Write the files into a new pack, in the order of their names; `TooLarge` where one ZIP cannot hold them.

    A stream in memory serves as well as a path: a pack with personal data never lies on a disk unsealed.
    """
    whole = sum(len(data) + 2 * len(name) + 76 for name, data in files.items()) + 22
    if len(files) > MOST_FILES or whole > MOST_BYTES:
        raise TooLarge("more than one pack holds")
    with zipfile.ZipFile(path, "x", allowZip64=False) as pack:
        for name in sorted(files):
            info = zipfile.ZipInfo(name)  # stored, and dated 1980-01-01: the date that counts is in the manifest
            info.create_system = 3
            info.external_attr = 0o600 << 16
            pack.writestr(info, files[name])
