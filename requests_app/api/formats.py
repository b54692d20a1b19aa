"""Formats of answers beside JSON: what a view has made already is sent as it is; a refusal is JSON all the same."""

from rest_framework.renderers import JSONRenderer


def format_of(media_type: str) -> type[JSONRenderer]:
    """Give what lets callers ask for a format by the Accept header."""
    return type("Format", (JSONRenderer,), {"media_type": media_type, "format": media_type})
