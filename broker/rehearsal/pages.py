"""Pages on which a person reads the mail of a rehearsal, and answers as the co-op's clerk."""

import html
import re
from typing import Any

from broker.rehearsal.maildrop import Maildrop
from broker.rehearsal.serving import Reply

_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)]")
_STYLE = (
    "body{font-family:sans-serif;line-height:1.5;max-width:50rem;margin:0 auto;padding:1rem;color:#1b1b1b}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;border:1px solid #a9aeb1;padding:1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem;border-bottom:1px solid #a9aeb1;"
    "overflow-wrap:anywhere}input,button{font:inherit;padding:.3rem}"
)


def inbox(mails: Maildrop, *, title: str) -> Reply:
    """Give the list of mails, newest first."""
    rows = "".join(_row(mails.view(number)) for number in reversed(mails.numbers()))
    table = f"<table><tr><th>To</th><th>Subject</th></tr>{rows}</table>" if rows else "<p>No mail yet.</p>"
    return page(title, f"<p>Rehearsal: invented people, on this machine alone.</p>{table}")


def letter(mails: Maildrop, number: int, *, clerk: bool = False) -> Reply:
    """Give one mail as its reader sees it; the clerk also gets the form that answers it."""
    if number not in mails.numbers():
        return Reply(404, {"detail": "no such mail"})
    view = mails.view(number)
    files = "".join(_file(number, index, each) for index, each in enumerate(view["attachments"]))
    body = f"<p>To {html.escape(', '.join(view['to']))}</p><pre>{_linked(view['text'])}</pre>"
    body += f"<h2>Attached</h2><ul>{files}</ul>" if files else ""
    body += _answer_form(number) if clerk else ""
    return page(view["subject"], body + '<p><a href="/">All mail</a></p>')


def answered(message_id: str) -> Reply:
    """Say that the clerk's answer left, with the way back."""
    said = f"<p>Your answer with the report and the usage file is on its way: {html.escape(message_id)}</p>"
    return page("Your answer is sent", said + '<p><a href="/">All mail</a></p>')


def page(title: str, body: str) -> Reply:
    """Give a page."""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )
    return Reply(body=text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def _row(view: dict[str, Any]) -> str:
    to, subject = html.escape(", ".join(view["to"])), html.escape(view["subject"])
    return f'<tr><td>{to}</td><td><a href="/mails/{view["id"]}">{subject}</a></td></tr>'


def _file(number: int, index: int, facts: dict[str, Any]) -> str:
    name = html.escape(str(facts["name"]))
    return f'<li><a href="/mails/{number}/attachments/{index}">{name}</a> ({facts["size"]} bytes)</li>'


def _answer_form(number: int) -> str:
    return (
        '<h2>Answer as the clerk</h2><form method="post" action="/reply">'
        f'<input type="hidden" name="mail_id" value="{number}"><label>Account number in the files '
        '<input name="account_number" required></label> <button>Send a report and a usage file</button></form>'
    )


def _linked(text: str) -> str:
    parts, end = [], 0
    for found in _URL.finditer(text):
        address = html.escape(found[0])
        parts += [html.escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, html.escape(text[end:])])
