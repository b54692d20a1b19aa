"""Link tokens and letters' codes in paths never reach a log line."""

import logging
import re

# What stands before a token. A new address with one belongs here: tests/unit/test_tokens_in_logs.py walks them all.
_TOKEN_PATH = re.compile(r"(?i)(/+(?:open|stop|enrol|deleted|holder|asked)/+)[^/\s\"]{8,}")
# The code printed on a letter, as a person may have typed it: with a blank, a hyphen, or neither. The check page's own
# addresses are words of fewer letters, or have a folder or an ending of their own.
_CODE_PATH = re.compile(
    r"(?i)(/+v/+)(?:[^/\s\"]{3,6}\s[0-9a-z]{3,6}(?![^\s\"])|(?!(?:seal|time)-root\.pem)[^/\s\"]{7,})"
)
# The code of a request in a mail to a billing desk; the desk's own addresses are these words.
_DESK_PATH = re.compile(r"(?i)(/+desk/+)(?!(?:requests|code|leave)(?:[/\s\"?]|$))[^/\s\"]{4,}")


def redact(text: str) -> str:
    """Give the text with each single-purpose token and each letter's code in a path masked."""
    for path, said in ((_TOKEN_PATH, "token"), (_CODE_PATH, "code"), (_DESK_PATH, "code")):
        text = path.sub(rf"\1[{said}]", text)
    return text


class RedactTokens(logging.Filter):
    """Masks tokens in the message and its arguments, and keeps one record on one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; never drop it."""
        record.msg = redact(record.getMessage()).replace("\r", "\\r").replace("\n", "\\n")
        record.args = None
        return True
