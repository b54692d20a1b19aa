"""The played approver of a rehearsal decides about the pack that was just asked for, whatever else waits."""

import uuid

import pytest

from broker.demo.play_officer import act_of
from broker.demo.visitor import UnexpectedPage


def listed(*titles: str) -> tuple[list[str], str]:
    """Addresses of approvals, and the list that shows them."""
    places = [f"/console/approvals/{uuid.uuid4()}/" for _ in titles]
    return places, "".join(f'<td><a href="{at}">{title}</a></td>' for at, title in zip(places, titles, strict=True))


def test_the_pack_is_found_among_all_that_waits() -> None:
    titles = (
        "Destroy data for ever",
        "Hand over an evidence pack E-2026-00031",
        "Hand over an evidence pack E-2026-0003",
    )
    places, page = listed(*titles)
    assert act_of("E-2026-0003", page) == places[2]


@pytest.mark.parametrize("number", ["E-2026-0004", ""])
def test_another_act_is_never_decided_in_its_place(number: str) -> None:
    with pytest.raises(UnexpectedPage):
        act_of(number, listed("Destroy data for ever", "Hand over an evidence pack E-2026-0003")[1])
