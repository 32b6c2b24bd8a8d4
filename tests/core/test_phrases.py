import ast
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import msgspec
import pytest
import yaml

import sekisho
from sekisho.core.errors import ConfigurationError, TooManyRequests, UnreadableBody, UpstreamBroken, UpstreamTimeout
from sekisho.core.located import parse
from sekisho.core.phrases import FILE, LONGEST, japanese, plain
from sekisho.core.settings import Timeouts
from sekisho.models.flaw import Flaw
from sekisho.models.phase import Phase
from sekisho.server.limits import Limit

JAPANESE = re.compile("[぀-ヿ一-鿿]")
SOURCES = Path(sekisho.__file__).parent
TELLING = ("what", "why", "expected", "limit", "phase")
SAID_BY_THE_CLASS = ("reason", "part")  # keys of a table of sentences beside the class; test_errors.py makes them speak


def written(node):
    """A literal with `some` in place of what is filled in; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "some" for part in node.values)
    return None


def our(kind):
    """All nodes of this kind, a class or a call, in our own code, with their files."""
    return [(path, node) for path, node in nodes() if isinstance(node, kind)]


@cache
def nodes():
    trees = [(path, ast.parse(path.read_text())) for path in sorted(SOURCES.rglob("*.py"))]
    return [
        (path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef | ast.Call)
    ]


def below(root):
    """The names of all classes that come from the class `root`, with their files."""
    found = {node.name: path for path, node in our(ast.ClassDef) for base in node.bases if ast.unparse(base) == root}
    return found | {name: path for child in found for name, path in below(child).items()}


def causes():
    """What our own code says of causes, with file and line: details of errors, and what is wrong in documents."""
    errors = below("SekishoError")
    for path, node in our(ast.Call):
        named = ast.unparse(node.func)
        given = {one.arg: one.value for one in node.keywords}
        said = given if named in errors else {name: given[name] for name in TELLING if name in given}
        if named.endswith("document.error"):
            said["what"] = node.args[0]
        for name, text in said.items():
            words = written(text)
            if words and name not in SAID_BY_THE_CLASS and (name in TELLING or " " in words):
                yield pytest.param(words, id=f"{path.name}-{node.lineno}-{name}")


def told():
    """Every stable word that people are told in other words."""
    for name, path in below("Told").items():
        module = ".".join(("sekisho", *path.relative_to(SOURCES).with_suffix("").parts))
        yield from getattr(import_module(module), name)


CAUSES, TOLD = list(causes()), list(told())
nodes.cache_clear()  # else all our code as syntax trees would stay in memory as long as tests run


@pytest.mark.parametrize("said", CAUSES)
def test_every_cause_that_we_tell_has_japanese_words(said):
    unspoken = {"some", "some (some)", "some some (some)", "some some"}  # numbers; names and versions of packages
    assert said in unspoken or JAPANESE.search(japanese(said)) or said.startswith(("access.lock", "limits.shared"))


@pytest.mark.parametrize("word", TOLD, ids=lambda word: f"{type(word).__name__}-{word}")
def test_every_stable_word_is_told_in_words_of_both_languages(word):
    assert re.fullmatch("[ぁ-ヿ一-鿿0-9A-Z-]*[ぁ-ヿ一-鿿]", word.words["ja"])
    assert re.fullmatch(r"[\w,-]+( [\w,-]+)+", word.words["en"], re.ASCII)
    assert "_" not in word.words["en"]


@pytest.mark.parametrize(
    "fault",
    [
        *(UpstreamBroken(model="m", why=flaw) for flaw in Flaw),
        *(UpstreamTimeout(model="m", phase=phase, limit="5") for phase in Phase),
        *(TooManyRequests(limit=limit, retry_s=1) for limit in Limit),
    ],
    ids=str,
)
def test_flaws_phases_and_limits_are_told_to_people_and_named_to_programs(fault):
    word = next(value for value in fault.details.values() if hasattr(value, "words"))
    assert word.words["ja"] in fault.say("ja")
    assert word.words["en"] in fault.say("en")
    assert "_" not in fault.say("ja") + fault.say("en")
    assert str(word) == word.value


def test_every_time_of_a_model_has_a_phase_that_says_it_is_over():
    assert {phase.value for phase in Phase} == set(Timeouts.__struct_fields__)


def test_the_words_take_as_many_parts_as_there_are():
    for said, words in yaml.safe_load(FILE.read_text()).items():
        parts = [str(number) for number in range(said.count("{}"))]
        assert set(re.findall(r"\{(\d)\}", words)) <= set(parts), said
        assert not JAPANESE.search(said)
        words.format(*parts)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("cannot be read: Permission denied", "読めません(権限がありません)"),
        ("rule `x`: nothing to repeat at position 3", "規則 `x`: 繰り返すものがありません(3 文字目)"),
        ("Expected `int`, got `str` - at `$.a`", "`int` が必要ですが、`str` が書かれています(`$.a`)"),
        ("Expected `int` >= 1", "`int` は 1 以上にしてください"),
        ("something that nobody translated", "something that nobody translated"),
        ("cannot be read: " + "x" * LONGEST, "cannot be read: " + "x" * LONGEST),
        ("", ""),
    ],
)
def test_what_is_quoted_is_translated_too(said, told):
    assert japanese(said) == told


@pytest.mark.parametrize(
    ("said", "field", "english", "told"),
    [
        (
            "Expected `int`, got `str`",
            "",
            "must be a whole number, not a text",
            "整数にしてください(文字列になっています)",
        ),
        (
            "Expected `str`, got `int`",
            "sha256",
            "`sha256` must be a text, not a whole number; put it in quotes",
            "`sha256` は文字列にしてください(整数になっています)。引用符で囲んでください",
        ),
        (
            "Expected `bool | null`, got `array`",
            "x",
            "`x` must be true or false or nothing, not a list",
            "`x` はtrue か falseか空にしてください(配列になっています)",
        ),
        ("Expected `int` >= 1", "n", "`n` must be a whole number, at least 1", "`n` は 1 以上の整数にしてください"),
        ("Expected `int` <= 65535", "", "must be a whole number, at most 65535", "65535 以下の整数にしてください"),
        ("Expected `float` > 0", "s", "`s` must be a number, greater than 0", "`s` は 0 より大きい数にしてください"),
        ("Expected `float` < 1", "s", "`s` must be a number, less than 1", "`s` は 1 より小さい数にしてください"),
        (
            "Expected `str` of length <= 8",
            "w",
            "`w` must be a text of at most 8 characters",
            "`w` は 8 文字以下の文字列にしてください",
        ),
        (
            "Expected `array` of length >= 2",
            "",
            "must be a list of at least 2 entries",
            "2 個以上の配列にしてください",
        ),
        ("Invalid enum value 'x'", "n", "Invalid enum value 'x'", "'x' は使えない値です"),
    ],
)
def test_a_wrong_type_or_size_is_told_in_words_for_people(said, field, english, told):
    assert plain(said, field) == english
    assert japanese(english) == told


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    number: int
    word: str = msgspec.field(default="")


@pytest.mark.parametrize("text", ["number: x", "{}", "number: 1\nwords: 3", "[", "a: b: c", "\tx: 1", "a: {b"])
def test_mistakes_in_yaml_are_told_in_japanese(text):
    with pytest.raises(ConfigurationError) as told:
        parse("f.yaml", text).into(Shape)
    assert JAPANESE.search(told.value.say("ja"))
    assert not JAPANESE.search(told.value.say("en"))


def test_a_detail_in_english_is_english_where_english_is_spoken():
    fault = UnreadableBody(why="not an object")
    assert "オブジェクト" in fault.say("ja")
    assert "not an object" in str(fault)
