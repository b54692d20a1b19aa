"""The data-flow diagram is what the code says, and leaves no package that answers an address out."""

from tests.security import data_flow


def test_the_diagram_is_printed_from_the_code() -> None:
    """Else: `python -m tests.security.data_flow`."""
    assert data_flow.OUT.read_text() == data_flow.render()


def test_each_door_has_somebody_in_front_of_it() -> None:
    doors = data_flow.doors()
    assert set(doors) == {who for _prefix, who in data_flow.PEOPLE} | {data_flow.ANYBODY}
    text = data_flow.render()
    for package in {package for answers in doors.values() for _first, package in answers}:
        assert f'["{package}"]' in text


def test_what_leaves_goes_by_one_package() -> None:
    """Nothing but the transport has an arrow to the outside."""
    out = [line for line in data_flow.lines() if '(("outside"))' in line]
    assert len(out) == len(data_flow.purposes()) >= 7
    assert all(line.strip().startswith("broker_transport ==") for line in out)
