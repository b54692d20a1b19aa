"""What a clerk of the played co-op sees in a browser after an answer."""

from broker.rehearsal import pages


def test_a_clerk_gets_a_page_with_a_way_back() -> None:
    reply = pages.answered("<id@coop.example>")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert b"&lt;id@coop.example&gt;" in reply.body
    assert b'<a href="/">' in reply.body
