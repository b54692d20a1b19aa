"""A policy of witnesses (C2SP tlog-policy), line by line: what is taken, what is refused, and in which line."""

import pytest

from broker.audit import checkpoint, cosignature, witness_policy
from broker.audit.witness_policy import BadPolicy, Group


def log(number: int) -> str:
    """The line of a log."""
    return f"log {checkpoint.Signer.new('log.example', number.to_bytes(32, 'big')).verifier().encode()}"


def witness(number: int, *, name: str = "") -> str:
    """The line of a witness."""
    cosigner = cosignature.Cosigner(f"w{number}.example", number.to_bytes(32, "big"))
    return f"witness {name or f'w{number}'} {cosigner.witness().encode()}"


def refused(*lines: str) -> str:
    """Why these lines are no policy."""
    with pytest.raises(BadPolicy) as wrong:
        witness_policy.parse("\n".join(lines))
    return str(wrong.value)


def test_a_whole_policy_is_read() -> None:
    lines = (
        "# who must have seen it",
        f"{log(1)} https://log.example/\t# asked there",
        log(2),
        f"{witness(1)} https://w1.example/\t",
        witness(2),
        witness(3),
        "group two all w1 w2",
        "\tgroup  either any two w3  # a group of a group",
        "quorum either",
        "",
    )
    policy = witness_policy.parse("\n".join(lines))
    assert [len(policy.logs), sorted(policy.witnesses), policy.quorum] == [2, ["w1", "w2", "w3"], "either"]
    assert policy.urls == {"w1": "https://w1.example"}
    assert policy.groups == {"two": Group(2, ("w1", "w2")), "either": Group(1, ("two", "w3"))}
    assert [policy.satisfied(signed) for signed in (["w1"], ["w1", "w2"], ["w3"], [])] == [False, True, True, False]


@pytest.mark.parametrize(
    "line",
    [
        "log",
        f"{log(1)} https://log.example more",
        "witness",
        "witness w2",
        f"{witness(2)} https://w2.example more",
        "group",
        "group g",
        "group g any",
        "quorum",
        "quorum w1 w1",
        "ring g any w1",
        "rule w1",
        "w1",
    ],
)
def test_a_line_of_another_kind_or_length_is_refused_by_its_number(line: str) -> None:
    assert refused(witness(1), "", line, "quorum none") == "line 3: not a line of a policy"


def test_a_group_has_a_member_and_a_threshold_that_they_can_meet() -> None:
    assert witness_policy.parse(f"{witness(1)}\ngroup g 1 w1\nquorum g").groups == {"g": Group(1, ("w1",))}
    for threshold in ("0", "2", "01", "-1", "one", "any,"):
        assert "line 2: a threshold" in refused(witness(1), f"group g {threshold} w1", "quorum g")


def test_a_control_character_is_refused_where_it_stands() -> None:
    for sign in ("\x00", "\x0b", "\r", "\x7f"):
        assert refused(witness(1), f"# {sign}", "quorum none") == "line 2: a control character"
    assert witness_policy.parse("# a\ttab\nquorum none").quorum == "none"


def test_nothing_is_named_twice() -> None:
    twice = "a name twice, a reserved name, or too many"
    assert refused(witness(1), witness(2, name="w1"), "quorum none") == f"line 2: {twice}"
    assert refused(witness(1), "group w1 any w1", "quorum none") == f"line 2: {twice}"
    assert refused(witness(1), witness(2), "group g any w1", "group g any w2", "quorum g") == f"line 4: {twice}"
    assert refused(witness(1), "group g any w1", witness(2, name="g"), "quorum g") == f"line 3: {twice}"
    for reserved in ("none", "any", "all"):
        assert refused(witness(1, name=reserved), "quorum none") == f"line 1: {twice}"
        assert refused(witness(1), f"group {reserved} any w1", "quorum none") == f"line 2: {twice}"


def test_no_key_counts_for_two() -> None:
    assert refused(witness(1), witness(1, name="other"), "quorum none") == "line 2: a witness twice"
    assert refused(log(1), log(2), log(1), "quorum none") == "line 3: a log twice, or too many"


def test_a_group_is_of_what_was_named_before_and_of_what_no_other_group_has() -> None:
    unknown = "a member that was not named before"
    assert refused(witness(1), "group g any w2", witness(2), "quorum g") == f"line 2: {unknown}"
    assert refused("group g any g", "quorum g") == f"line 1: {unknown}"
    lines = witness(1), witness(2)
    assert refused(*lines, "group g any w1", "group h any w2 w1", "quorum h") == "line 4: a member of two groups"
    assert refused(*lines, "group g any w1 w1", "quorum g") == "line 3: a member of two groups"


def test_the_quorum_is_one_and_was_named_before() -> None:
    wrong = "a second quorum, or one that was not named before"
    assert refused("quorum w1", witness(1)) == f"line 1: {wrong}"
    assert refused("quorum none", "quorum none") == f"line 2: {wrong}"
    assert refused(witness(1)) == "no quorum"
    assert witness_policy.parse(f"{witness(1)}\nquorum w1").satisfied(["w1"])


def test_sixty_four_of_each_kind_are_taken_and_no_more() -> None:
    witnesses = [witness(number) for number in range(64)]
    groups = [f"group g{number} any w{number}" for number in range(64)]
    logs = [log(number) for number in range(64)]
    policy = witness_policy.parse("\n".join([*logs, *witnesses, *groups, "quorum none"]))
    assert [len(policy.logs), len(policy.witnesses), len(policy.groups)] == [64, 64, 64]
    many = "or too many"
    assert refused(*logs, log(64)) == f"line 65: a log twice, {many}"
    assert refused(*witnesses, witness(64)).startswith("line 65: ")
    assert refused(*witnesses, *groups, "group more any g0").startswith("line 129: ")
    assert refused(*witnesses, *groups, "group more any g0").endswith(many)


def test_a_malformed_key_is_refused_by_the_number_of_its_line() -> None:
    assert refused(witness(1), "witness w2 nothing", "quorum none").startswith("line 2: ")
    assert refused("log nothing", "quorum none").startswith("line 1: ")
