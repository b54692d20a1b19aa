"""Clocks that do not agree, by the rules alone."""

from broker.audit.skew import TOLERANCE_US, Skew, in_lane, of_last

NOW = 1_800_000_000_000_000
HOUR = 3_600_000_000


def test_five_seconds_are_what_keeping_time_by_the_network_does() -> None:
    assert TOLERANCE_US == 5_000_000
    assert in_lane(NOW, []) is None


def test_a_step_back_in_a_lane_is_found_and_small_corrections_are_not() -> None:
    assert in_lane(0, [NOW, NOW + 1, NOW + 1]) is None
    assert in_lane(NOW, [NOW - TOLERANCE_US, NOW]) is None
    assert in_lane(NOW, [NOW - TOLERANCE_US - 1]) == Skew("back", TOLERANCE_US + 1)


def test_the_largest_step_counts_also_when_the_clock_is_right_again_at_the_end() -> None:
    assert in_lane(NOW, [NOW + 1, NOW - HOUR, NOW + 2, NOW - 2 * HOUR, NOW + 3]) == Skew("back", 2 * HOUR + 2)


def test_an_event_is_not_written_after_it_was_read() -> None:
    assert of_last(NOW + TOLERANCE_US, now_us=NOW, seen_signed_us=None) is None
    assert of_last(NOW + HOUR, now_us=NOW, seen_signed_us=None) == Skew("ahead", HOUR)


def test_an_event_is_not_written_before_the_checkpoint_that_its_writer_saw() -> None:
    assert of_last(NOW - HOUR, now_us=NOW, seen_signed_us=None) is None
    assert of_last(NOW - TOLERANCE_US, now_us=NOW, seen_signed_us=NOW) is None
    assert of_last(NOW - HOUR, now_us=NOW, seen_signed_us=NOW) == Skew("behind", HOUR)
