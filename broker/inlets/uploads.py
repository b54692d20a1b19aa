"""Uploads stay in memory until the gate has seen them, and end at the limit."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class MemoryOnlyUploadHandler(MemoryFileUploadHandler):
    """Keeps an upload in memory and aborts it over `MAX_UPLOAD_BYTES`: nothing of it ever touches the disk."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Refuse by the announced length first; the count below catches a length that lies."""
        super().handle_raw_input(*args, **kwargs)
        self.activated = True
        self.seen = 0
        announced = kwargs.get("content_length", args[2] if len(args) > 2 else 0)
        # The form around the file needs a little room of its own.
        if announced > settings.MAX_UPLOAD_BYTES + 64 * 1024:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Count what arrives."""
        self.seen += len(raw_data)
        if self.seen > settings.MAX_UPLOAD_BYTES:
            raise RequestDataTooBig
        return super().receive_data_chunk(raw_data, start)
