"""Link tokens in paths never reach a log line."""

import logging
import re

_TOKEN_PATH = re.compile(r"(?i)((?:/+(?:share|my))?/+(?:open|stop|enrol)/+)[^/\s\"]{8,}")


def redact(text: str) -> str:
    """Give the text with each single-purpose token in a path masked."""
    return _TOKEN_PATH.sub(r"\1[token]", text)


class RedactTokens(logging.Filter):
    """Masks tokens in the message and its arguments, and keeps one record on one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; never drop it."""
        record.msg = redact(record.getMessage()).replace("\r", "\\r").replace("\n", "\\n")
        record.args = None
        return True
