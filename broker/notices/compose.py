"""From a template and a context to a mail with a text part and its HTML twin."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from itertools import groupby

from django.conf import settings
from django.template.loader import render_to_string, select_template
from django.utils import timezone, translation
from django.utils.safestring import mark_safe

from broker.notices import context as site_context

_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)]")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Rendered:
    """A mail's words: its subject line and its text."""

    subject: str
    text: str


def render(template: str, *, language: str, context: Mapping[str, object]) -> Rendered:
    """Render a template in this language, or in English where there is no such text yet."""
    with translation.override(language):
        source = select_template([f"emails/{language}/{template}.txt", f"emails/en/{template}.txt"])
        lines = source.render({**site_context.facts(), **context}).strip().splitlines()
    # The first line is the subject; a context value cannot smuggle a second header in, for lines are split here.
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines[1:])).strip()
    return Rendered(lines[0].removeprefix("Subject:").strip(), body + "\n")


def twin(text: str, *, title: str, language: str) -> str:
    """Give the HTML twin of a text: made from it, so that the two can never say different things."""
    blocks = mark_safe("\n".join(_block(block) for block in text.strip().split("\n\n")))  # noqa: S308 - escaped below
    return render_to_string("emails/base.html", {"title": title, "language": language, "blocks": blocks})


def message(
    rendered: Rendered,
    *,
    to: str,
    message_id: str,
    language: str = "en",
    attachments: Sequence[Attachment] = (),
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """Put a mail together: text, HTML twin, attachments, and headers that ask machines not to answer."""
    mail = EmailMessage()
    mail["From"] = formataddr((settings.OPERATOR_NAME, settings.MAIL_FROM))
    mail["To"] = to
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(timezone.now())
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in (headers or {}).items():
        del mail[name]
        if value:
            mail[name] = value
    mail.set_content(rendered.text)
    mail.add_alternative(twin(rendered.text, title=rendered.subject, language=language), subtype="html")
    for each in attachments:
        maintype, _, subtype = each.media_type.partition("/")
        mail.add_attachment(each.data, maintype=maintype, subtype=subtype, filename=each.name)
    return mail


def _block(block: str) -> str:
    parts = []
    for kind, group in groupby(block.split("\n"), key=lambda line: line[:2] if line[:2] in ("- ", "| ") else ""):
        lines = list(group)
        if kind == "| ":
            parts.append(_table(lines))
        elif kind:
            parts.append("<ul>" + "".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "</ul>")
        else:
            parts.append("<p>" + "<br>\n".join(_inline(line) for line in lines) + "</p>")
    return "\n".join(parts)


def _table(lines: list[str]) -> str:
    """Give rows with bars as a table; the first one names the columns."""
    head, *rows = [[_inline(cell.strip()) for cell in line.strip().strip("|").split(" | ")] for line in lines]
    cell = (
        'style="border:1px solid #71767a;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:normal"'
    )
    names = "".join(f'<th scope="col" {cell}>{each}</th>' for each in head)
    body = "\n".join("<tr>" + "".join(f"<td {cell}>{each}</td>" for each in row) + "</tr>" for row in rows)
    # On a telephone the sheet of base.html makes its cells smaller, so that four columns fit.
    table = f'<table style="border-collapse:collapse;font-size:14px"><thead><tr>{names}</tr></thead>'
    return f'<div style="overflow-x:auto">{table}<tbody>\n{body}</tbody></table></div>'


def _inline(line: str) -> str:
    parts, end = [], 0
    for found in _URL.finditer(line):
        parts.append(html.escape(line[end : found.start()]))
        address = html.escape(found[0])
        parts.append(f'<a href="{address}">{address}</a>')
        end = found.end()
    return "".join([*parts, html.escape(line[end:])])
