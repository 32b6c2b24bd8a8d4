import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.core.located import MAX_BYTES, parse, read


class Door(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    width: int = 1
    colours: list[str] = []


class House(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    door: Door = Door()
    doors: dict[str, Door] = {}


def read_into(text, shape):
    return parse(text, "h.yaml").into(shape)


def mistake(text, shape):
    with pytest.raises(ConfigurationError) as caught:
        read_into(text, shape)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("door:\n  width: wide", "h.yaml:2:3: `width` must be a whole number, not a text"),
        ("door:\n  widht: 2", "h.yaml:2:3: there is no `widht` here; did you mean `width`?"),
        ("doors:\n  a:\n    colour: [x]", "h.yaml:3:5: there is no `colour` here; did you mean `colours`?"),
        ("door:\n  zzzzzz: 2", "h.yaml:2:3: there is no `zzzzzz` here"),
        ("door:\n  colours: [a, 2]", "h.yaml:2:16: must be a text, not a whole number; put it in quotes"),
        ("a: 1\na: 2", "h.yaml:2:1: the key `a` is given twice"),
        ("? [a]\n: 1", "h.yaml:1:3: a key must be a word"),
        ("a: &x 1\nb: *x", "h.yaml:2:4: aliases are not allowed"),
        ("a: [1", "h.yaml:1:6: expected"),
        ("a: !!set {x}", "h.yaml:1:4: the tag tag:yaml.org,2002:set is not allowed"),
        ("a: !!python/name:os.system x", "h.yaml:1:4: could not determine a constructor"),
        ("a: 1\n---\nb: 2", "h.yaml:2:1: but found another document"),
        ("a: \x01", "h.yaml: is not YAML: ReaderError"),
        ("[" * 5000, "h.yaml"),
        ("- a\n" * 100_001, "has more than 100000 parts"),
        ("a" * (MAX_BYTES + 1), f"h.yaml: is longer than {MAX_BYTES} bytes"),
    ],
)
def test_a_mistake_names_file_line_and_column(text, told):
    assert told in mistake(text, House)


def test_words_that_yaml_would_take_for_something_else_stay_words():
    data = parse("a: off\nb: no\nc: 2024-01-02\nd: 12:30\ne: true\nf: 3\ng: null\nh: 1.5", "x").data
    assert data == {"a": "off", "b": "no", "c": "2024-01-02", "d": "12:30", "e": True, "f": 3, "g": None, "h": 1.5}


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    for path, raw in ((tmp_path / "none.yaml", None), (tmp_path / "bad.yaml", b"\xff")):
        if raw:
            path.write_bytes(raw)
        with pytest.raises(ConfigurationError, match="cannot be read") as caught:
            read(path)
        assert str(path) in str(caught.value)


def test_the_place_of_what_is_missing_is_that_of_its_parent():
    document = parse("a:\n  b: 1", "x")
    assert document.where("a", "b", "c") == "x:2:3"
    assert document.where("z") == "x:1:1"


@given(st.text(max_size=40))
def test_any_text_is_a_document_or_a_configuration_error(text):
    try:
        document = parse(text, "x")
    except ConfigurationError as fault:
        named = str(fault)
    else:
        named = document.where()
    assert named.startswith("x")


def test_what_is_nested_too_deep_is_refused_before_anything_recurses():
    with pytest.raises(ConfigurationError, match=r"h\.yaml:1:\d+: is nested deeper than 64"):
        parse("[" * 50_000, "h.yaml")
