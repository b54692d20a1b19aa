"""Link tokens and letters' codes in paths never reach a log line."""

import logging
import re

# What stands before a token. A new address with one belongs here: tests/unit/test_tokens_in_logs.py walks them all.
_TOKEN_PATH = re.compile(r"(?i)(/+(?:open|stop|enrol|deleted|holder)/+)[^/\s\"]{8,}")
# The code printed on a letter, as a person may have typed it: with a blank, a hyphen, or neither. The check page's own
# addresses are words of fewer letters, or have a folder or an ending of their own.
_CODE_PATH = re.compile(
    r"(?i)(/+v/+)(?:[^/\s\"]{3,6}\s[0-9a-z]{3,6}(?![^\s\"])|(?!(?:seal|time)-root\.pem)[^/\s\"]{7,})"
)


def redact(text: str) -> str:
    """Give the text with each single-purpose token and each letter's code in a path masked."""
    return _CODE_PATH.sub(r"\1[code]", _TOKEN_PATH.sub(r"\1[token]", text))


class RedactTokens(logging.Filter):
    """Masks tokens in the message and its arguments, and keeps one record on one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; never drop it."""
        record.msg = redact(record.getMessage()).replace("\r", "\\r").replace("\n", "\\n")
        record.args = None
        return True
