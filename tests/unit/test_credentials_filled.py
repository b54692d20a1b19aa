"""What a program filled in is told by its name, in every form in which programs write it."""

from collections import Counter

import pytest

from broker.credentials.filled import names

FILLED: dict[str, list[str]] = {
    '{"a":"x"}': ["a"],
    ' [{"a":"x"},{"b":["y"]}]': ["b", "a"],
    '{"a":{"b":"x","c":["y",{"d":2}]}}': ["a", "b", "c", "d"],
    '{"a":"","b":null,"c":true,"d":false,"e":0.5}': ["e"],
    '{"a":"x","a":""}': ["a"],
    '{"a":{"b":""}}': [],
    '{"a":{"b":["x"]}}': ["b"],
    '{"a":{"b":"x"}}': ["a", "b"],
    '{"name":"secret","value":"x"}': ["name", "secret", "value"],
    '{"key":7,"value":"x"}': ["key", "value"],
    '{"a":"{\\"b\\":\\"x\\"}"}': ["a", "b"],
    '{"a":"b=1&c=2"}': ["a", "b", "c"],
    '{"a":"x': ["a"],
    "{'a': 'x', 'b': ''}": ["a"],
    '{"a" => "x", "b" => null, "c" => None}': ["a"],
    "'a': 'x'": [],
    'I wrote "a": it is wrong': [],
    "a=1": [],
    "?a=1": ["a"],
    "see /page?a=1": ["a"],
    "a=1&b=2": ["a", "b"],
    "a=1&b=": [],
    "a=1&b=2&c=": ["a", "b"],
    "a%5Fb=1;c[d]=2": ["a_b", "c[d]"],
    "a = 1\n b\t=\t2": ["a", "b"],
    "a=1 b=2": [],
    "<a>x</a>": ["a"],
    "<n:a>x</n:a>": ["a"],
    "<a> \n x</a>": ["a"],
    "<a></a><b>y": ["b"],
    "<a> </a>": [],
    "<a><![CDATA[x]]></a>": ["a"],
    "<a><![CDATA[ x]]></a>": ["a"],
    "<a b='x' n:c=\"y\" d=z e=''/>": ["b", "c", "d"],
    '<a b="x"': ["b"],
    '<input type="text" name="a" value="x">': ["type", "name", "value", "input", "a"],
    '<input type="text" name="a" value=""> y': ["type", "name"],
    '<param name="a">x</param>': ["name", "param", "a"],
    "<param name='a'>x</param>": ["name", "param", "a"],
    "<param name=a>x</param>": ["name", "param", "a"],
    "<br>x<hr/>y<IMG>z": [],
    "<key>a</key><string>x</string>": ["key", "a", "string"],
    "<Name>a</Name>": ["Name", "a"],
    "<key></key>": [],
    "1 < 2 and x > y": [],
    "only words": [],
    "": [],
}


@pytest.mark.parametrize("text", FILLED)
def test_each_thing_that_says_something_is_named(text: str) -> None:
    assert set(names(text)) == set(FILLED[text])


def test_texts_in_texts_have_an_end() -> None:
    text = "a=1&b=2"
    for _ in range(3):
        text = '{"held":' + '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"}'
    assert Counter(names(text)) == Counter(["held", "held", "held", "a", "b"])
    deeper = '{"held":"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"}'
    assert "a" not in set(names(deeper))


def test_a_long_name_and_a_long_value_are_cut_or_left() -> None:
    assert list(names(f"<key>{'a' * 81}</key>")) == ["key", "a" * 81]
    assert list(names(f'<p name="{"a" * 90}">x</p>')) == ["name", "p", "a" * 80]
    assert list(names(f"?{'a' * 81}=1")) == []
    assert list(names("[" * 100_000)) == []
