"""The pages for developers: the guides as they stand in `docs/`, the description of the API, its codes."""

import html
import re
from pathlib import Path

import pytest
from django.test import Client

from broker import problems
from broker.parties.scopes import OPERATIONS
from requests_app.api import guides

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(guides.GUIDES))
def test_a_guide_is_the_one_of_the_repository_and_each_link_leads_on(name: str) -> None:
    client = Client(headers={"accept-language": "es"})
    page = client.get(f"/developers/guides/{name}/")
    assert page.status_code == 200
    assert page["Content-Language"] == "en"
    snippets = re.findall(r"^```\w*\n(.*?)^```", (DOCS / guides.GUIDES[name]).read_text(), re.DOTALL | re.MULTILINE)
    shown = [html.unescape(each) for each in re.findall(r"<pre[^>]*><code[^>]*>(.*?)</code>", page.text, re.DOTALL)]
    assert snippets
    assert shown == snippets
    inside = page.text.partition("<main")[2].partition("</main>")[0]
    for href in set(re.findall(r'href="(/[^"#]*)"', inside)):
        assert client.get(href).status_code in (200, 302), href
    assert "<!--" not in inside
    assert "<script" not in inside


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(guides.GUIDES))
def test_the_tables_of_a_guide_are_regions_with_names_and_each_cell_names_its_column(name: str) -> None:
    page = Client().get(f"/developers/guides/{name}/").text
    boxes = re.findall(
        r'<div class="doc__table" role="region" tabindex="0" aria-label="([^"]+)"><table class="stack">', page
    )
    assert len(boxes) == len(set(boxes)) == page.count("<table")
    inside = page.partition('<div class="doc">')[2]
    for table in re.findall(r"<table.*?</table>", inside, re.DOTALL):
        columns = [re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<th>(.*?)</th>", table, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.DOTALL):
            cells = re.findall(r"<td(?: data-label=\"([^\"]*)\")?>(.*?)</td>", row, re.DOTALL)
            assert [label for label, text in cells if text] == columns[: len(cells)][: sum(bool(t) for _, t in cells)]


@pytest.mark.django_db
def test_the_home_page_leads_here() -> None:
    for language, words in (("en", "Pages for developers"), ("es", "Páginas para desarrolladores (en inglés)")):
        home = Client(headers={"accept-language": language}).get("/").text
        assert f'<a href="/developers/" hreflang="en">{words}</a>' in home


@pytest.mark.django_db
def test_the_first_page_says_how_to_begin_and_leads_to_all_of_it() -> None:
    page = Client().get("/developers/")
    assert page.status_code == 200
    for path in ("/join/", "/recipient/keys/", "/recipient/asks/", "/developers/openapi.yaml", "/developers/codes/"):
        assert f'href="{path}"' in page.text, path
    for name in guides.GUIDES:
        assert f'href="/developers/guides/{name}/"' in page.text


@pytest.mark.django_db
def test_the_guide_names_what_to_tick_for_a_key_as_its_page_does() -> None:
    text = " ".join((DOCS / "api-guide.md").read_text().split())
    for code, words in OPERATIONS.items():
        assert f"`{code}` (*{words}*)" in text


@pytest.mark.django_db
def test_every_code_has_its_row_and_its_page() -> None:
    page = Client().get("/developers/codes/")
    listed = set(re.findall(r'href="/problems/([a-z0-9_.]+)"', page.text))
    assert listed == set(problems.STATUS)


@pytest.mark.django_db
def test_the_description_is_there_for_programs() -> None:
    answer = Client().get("/developers/openapi.yaml")
    assert answer["Content-Type"] == "application/yaml; charset=utf-8"
    assert answer.content == (DOCS / "openapi.yaml").read_bytes()


@pytest.mark.django_db
def test_a_guide_that_is_not_there_is_not_found() -> None:
    assert Client().get("/developers/guides/architecture/").status_code == 404
