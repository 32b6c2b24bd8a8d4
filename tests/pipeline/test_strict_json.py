import pytest

from sekisho.pipeline.strict_json import NO_JSON, PLACES, pieces, read, words


@pytest.mark.parametrize(
    ("text", "value"),
    [(' {"a": [1]}\n', {"a": [1]}), ("3", 3), ('"あ"', "あ"), ("null", None), ('"\\ud83d\\ude00"', "😀")],
)
def test_json_is_read(text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "はい", '{"a": 1', '{"a": 1} x', "NaN", "[Infinity]", '{"a": 1, "a": 1}', "'a'", "[" * 100_000, "9" * 5_000],
)
def test_what_readers_would_take_differently_is_none(text):
    assert read(text) is NO_JSON


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('```json\n{"a": 1}\n```', ['{"a": 1}']),
        ('次の通り[注]です: {"a": [1, {"b": 2}]} 以上 [PERSON_1] {名前}', ['{"a": [1, {"b": 2}]}']),
        ("[1] か [2]", ["[1]", "[2]"]),
        ('{"list": [{"a": 1}, {"a": 2', []),
        ('まず {"a": 1} 次に {"a": 2', []),
        ('{"a": 1, "a": 2} [3]', []),
        ("はい", []),
        ("[x] " * PLACES + "[1]", []),
        ("[" * 100_000, []),
    ],
)
def test_data_amid_words(text, found):
    assert pieces(text) == found


def test_the_words_in_data():
    assert sorted(words('{"name": ["あ", {"x": "い"}], "n": 1}').split("\n")) == ["あ", "い"]
    assert words("broken {") == ""
