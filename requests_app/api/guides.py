"""Pages for developers: the guides of `docs/`, the description of the API and the codes that it answers (interface)."""

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from broker import problems
from broker.reasons import REASONS
from requests_app.api import schema

YAML = "application/yaml"  # RFC 9512
# One file of `docs/` each: what the repository says and what a developer reads are the same words.
GUIDES = {"first": "api-guide.md", "testing": "api-guide-testing.md", "webhooks": "webhooks.md"}
MENU = (("first", "First guide"), ("testing", "Test keys"), ("webhooks", "Webhooks"))
# Wide examples and tables scroll inside their own box, by key too.
_EXAMPLE = '<pre class="code" tabindex="0">'
_BOX = '<div class="doc__table" role="region" tabindex="0" aria-label="{label}">{table}'
_FILES = {file: name for name, file in GUIDES.items()}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Say how to begin, and what there is to read."""
    guides = [(name, _read(name)[0]) for name in GUIDES]
    return render(request, "developers/index.html", {"guides": guides, "menu": MENU, "site": settings.PUBLIC_URL})


@require_GET
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """Show one guide."""
    if name not in GUIDES:
        raise Http404
    title, text = _read(name)
    return render(request, "developers/guide.html", {"title": title, "text": text, "menu": MENU})


@require_GET
def codes(request: HttpRequest) -> HttpResponse:
    """List every code that an answer of the API may carry."""
    rows = [(code, problems.STATUS[code], REASONS[code]) for code in sorted(problems.STATUS) if code in REASONS]
    return render(request, "developers/codes.html", {"rows": rows, "menu": MENU})


@require_GET
def described(_request: HttpRequest) -> HttpResponse:
    """Give the description of the API, for programs."""
    return HttpResponse(schema.text(), content_type=f"{YAML}; charset=utf-8")


@cache
def _read(name: str) -> tuple[str, str]:
    """Give a guide's title and its text as HTML; raw HTML in a guide is text."""
    source = (settings.BASE_DIR / "docs" / GUIDES[name]).read_text(encoding="utf-8")
    source = re.sub(r"<!--.*?-->\n*", "", source, flags=re.DOTALL)  # notes for the tests that run the snippets
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(source)
    title = next(inline.content for head, inline in pairwise(tokens) if head.tag == "h1")
    body = tokens[3:] if tokens[0].tag == "h1" else tokens
    for token in body:
        _lead_here(token)
    _name_tables(body)
    parser.add_render_rule("table_open", _boxed)
    parser.add_render_rule("table_close", lambda *_how: "</table></div>\n")
    made: str = parser.renderer.render(body, parser.options, {})
    return title, made.replace("<pre>", _EXAMPLE)


def _name_tables(tokens: list[Token]) -> None:
    """Name each table by the heading above it, and each cell by its column: on a narrow screen a row is a card."""
    heading, columns, place, number = "", list[str](), 0, 0
    for opened, inside in pairwise(tokens):
        if opened.type == "heading_open":
            heading = _plain(inside)
        elif opened.type == "table_open":
            number, columns = number + 1, []
            opened.attrSet("class", "stack")
            opened.meta = {"label": f"Table {number}: {heading}"}  # two tables may stand under one heading
        elif opened.type == "th_open":
            columns.append(_plain(inside))
        elif opened.type == "tr_open":
            place = 0
        elif opened.type == "td_open":
            if inside.content:
                opened.attrSet("data-label", columns[place])
            place += 1


def _boxed(renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    """Open a table inside its box."""
    table = renderer.renderToken(tokens, place, options, env)
    return _BOX.format(label=escapeHtml(tokens[place].meta["label"]), table=table)


def _plain(inline: Token) -> str:
    """Give the words of a line without its marks."""
    return "".join(child.content for child in inline.children or [])


def _lead_here(token: Token) -> None:
    """Have links between the files of `docs/` lead between pages; what has no page is no link."""
    for child in token.children or []:
        href: Any = child.attrs.get("href")
        if not isinstance(href, str) or href.startswith(("http:", "https:", "#")):
            continue
        file = href.rpartition("/")[2]
        if file in _FILES:
            child.attrs["href"] = reverse("developers-guide", args=[_FILES[file]])
        elif file == "openapi.yaml":
            child.attrs["href"] = reverse("developers-openapi")
        else:
            raise ValueError(f"{href} has no page for developers")
