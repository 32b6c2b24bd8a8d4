from pathlib import Path

import pytest
import yaml

from sekisho.core.errors import ConfigurationError
from sekisho.guards import checks, condition_checks, date_checks, english_checks, name_checks, place_checks, rule
from sekisho.guards import secret_checks as secret
from sekisho.guards.privacy import privacy
from sekisho.guards.rule import Rule, load
from sekisho.guards.secrets import secrets

CHECKED = (checks, condition_checks, date_checks, english_checks, name_checks, place_checks, secret)

HEAD = "guard: g\nstages: [entry]\nmacros: {N: '[0-9]', W: 'a|b'}\nrules:\n"


def loaded(tmp_path, rules, checks=None, *, unsafe_backtracking=False):
    (tmp_path / "r.yaml").write_text(HEAD + rules)
    return load(tmp_path / "r.yaml", checks or {}, unsafe_backtracking=unsafe_backtracking)


def test_macros_checks_and_examples_are_read(tmp_path):
    rules = "  - {id: r, category: c, score: 0.5, pattern: '{N}{3}{W}', check: k, "
    rules += "hits: [123a, [x123b, 123b]], misses: ['12']}"
    found = loaded(tmp_path, rules, {"k": lambda text: 1.0})
    assert found.rules[0].source == "[0-9]{3}(?:a|b)"
    assert found.rules[0].check("") == 1.0
    assert [(e.text, e.found) for e in found.examples] == [("123a", "123a"), ("x123b", "123b"), ("12", None)]


def test_a_rule_that_opens_keeps_the_pattern_of_its_close(tmp_path):
    text = "  - {id: r, category: c, score: 1, open: 'a|b', close: 'c{N}'}"
    for unsafe in (True, False):
        rule = loaded(tmp_path, text, unsafe_backtracking=unsafe).rules[0]
        assert (rule.swallows, rule.close) == (True, "c[0-9]")
        for middle in ("..", "." * 5_000):
            found = rule.pattern.match(f"xb{middle}c1.", 1)
            assert (found["closed"], found.span()) == ("c1", (1, len(middle) + 4))
            found = rule.pattern.match(f"xb{middle}", 1)
            assert (found["closed"], found.span()) == (None, (1, len(middle) + 2))


def test_a_pattern_that_only_backtracking_can_match_is_refused_with_its_line_unless_that_is_allowed(tmp_path):
    text = "  - {id: r, category: c, score: 1, pattern: 'a(?![0-9])b'}"
    assert loaded(tmp_path, text, unsafe_backtracking=True).rules[0].pattern.match("ab")
    with pytest.raises(ConfigurationError, match=r"r\.yaml:5:.*look-behind"):
        loaded(tmp_path, text)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{id: r, category: c, score: 2, pattern: a}", "`score` must be a number, at most 1.0"),
        ("{id: r, category: c, score: 1}", "needs either `pattern`, or `open` and `close`"),
        ("{id: r, category: c, score: 1, open: a}", "needs either"),
        ("{id: r, category: c, score: 1, pattern: a, check: k}", "there is no check `k`"),
        ("{id: r, category: c, score: 1, pattern: '{Q}'}", "there is no macro `Q`"),
        ("{id: r, category: c, score: 1, pattern: '(a'}", "unterminated"),
        ("{id: r, category: c, score: 1, pattern: '^a'}", "pattern language"),
        ("{id: r, category: c, score: 1, open: a, close: '^a'}", "pattern language"),
        ("{id: r, category: c, score: 1, pattern: 'a?'}", "matches the empty text"),
        ("{id: r, category: c, score: 1, patern: a}", "did you mean `pattern`?"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path, rule, told):
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, f"  - {rule}")
    assert told in str(caught.value)
    assert "r.yaml:5:" in str(caught.value)


def test_two_rules_of_one_id_are_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="same id"):
        loaded(tmp_path, "  - {id: r, category: c, score: 1, pattern: a}\n" * 2)


@pytest.mark.parametrize("path", sorted(Path(rule.__file__).parent.glob("*.yaml")), ids=lambda path: path.name)
def test_no_macro_is_left_over(path):
    text = path.read_text("utf-8")
    macros = yaml.load(text, yaml.BaseLoader).get("macros", {})
    assert [name for name in macros if f"{{{name}}}" not in text] == []


def test_no_check_is_left_over():
    named = {one.check for guard in (privacy, secrets) for one in guard.rules if one.check}
    known = [check for module in CHECKED for check in module.CHECKS.values()]
    assert [check.__name__ for check in known if check not in named] == []


@pytest.mark.parametrize(
    ("source", "behind"),
    [
        ("(?<![a-z])b", "(?<![a-z])"),
        (r"(?<![\]a])(?:b|c)", r"(?<![\]a])"),
        ("(?<![a-z])b|c", None),
        ("b(?<![a-z])c", None),
    ],
)
def test_what_every_match_must_not_stand_behind_is_told(source, behind):
    made = Rule("a", "g", "privacy.x", 0.9, source).behind
    assert (made and made.pattern) == behind
