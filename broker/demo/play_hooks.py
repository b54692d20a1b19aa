"""The part of the play in which the application gets word by itself: an address of its own, signed messages there."""

from typing import TYPE_CHECKING, Any

from broker.demo.visitor import UnexpectedPage
from broker.demo.waiting import wait_for

if TYPE_CHECKING:
    from broker.demo.play import Case

TYPES = ("request.state_changed", "data.ready", "consent.revoked", "data.withdrawn")


def name_address(case: "Case") -> None:
    """The application names its address, and keeps the key with which messages to it are signed."""
    place = case.report.urls["application"]
    answer = case.api.post("/webhook-endpoints", json={"url": f"{place}/hook", "types": list(TYPES)})
    if answer.status_code != 201:
        raise UnexpectedPage(f"no address for webhooks: {answer.status_code} {answer.text[:200]}")
    case.http.post(f"{place}/key", json={"secret": answer.json()["secret"]}).raise_for_status()


def was_told(case: "Case") -> None:
    """It was told of the request, the data and the stop: ids alone, each message signed."""
    place = f"{case.report.urls['application']}/words"

    def came() -> list[dict[str, Any]] | None:
        words: list[dict[str, Any]] = case.http.get(place).json()["words"]
        return words if set(TYPES) <= {each["type"] for each in words} else None

    words = wait_for("word at the application's address", came)
    if not all(each["signed"] for each in words):
        raise UnexpectedPage("a message that no key signed")
    if not any(each["data"].get("request") == case.daily_request for each in words):
        raise UnexpectedPage("nothing was said of the request")
