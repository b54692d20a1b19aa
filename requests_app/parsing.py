"""A body read strictly: one meaning, one spelling (interface)."""

import json
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class StrictJSONParser(JSONParser):
    """Reads JSON in which no key stands twice, no number is none and no text holds half a character.

    Too large a body is refused unread.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:  # noqa: ARG002
        """Read a body, or raise `ParseError`."""
        data = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(data) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            found = json.loads(data.decode("utf-8"), object_pairs_hook=_each_key_once, parse_constant=_no_constant)
            if _SURROGATE.search(data):
                # Half of a pair is no character: whoever wrote it down later would fail. Whole pairs pass.
                json.dumps(found, ensure_ascii=False).encode("utf-8")
            return found
        except (ValueError, RecursionError):
            raise ParseError from None


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
