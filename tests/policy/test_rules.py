import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.located import parse
from sekisho.core.verdict import Verdict
from sekisho.policy.rules import rules_of
from sekisho.policy.taxonomy import taxonomy


def rules(text):
    document = parse("entry:\n" + text, "p.yaml")
    return rules_of(document, "p", Stage.ENTRY, document.data["entry"])


def test_a_word_is_a_rule_from_more_likely_than_not():
    (rule,) = rules("  privacy: mask")
    assert (rule.prefix, rule.at, rule.verdict, rule.text) == ("privacy", 0.5, Verdict.MASK, None)
    assert rule.name == "p: entry.privacy → mask"


def test_a_word_about_faults_counts_however_unsure():
    (rule,) = rules("  fault: hold")
    assert rule.at == 0.0


def test_a_step_states_its_threshold():
    (rule,) = rules("  attack: {at: 0.3, do: refuse}")
    assert (rule.at, rule.verdict, rule.name) == (0.3, Verdict.REFUSE, "p: entry.attack ≥ 0.3 → refuse")


def test_a_list_holds_several_steps():
    steps = rules("  harm:\n    - {at: 0.3, do: annotate}\n    - refuse")
    assert [(step.at, step.verdict) for step in steps] == [(0.3, Verdict.ANNOTATE), (0.5, Verdict.REFUSE)]


def test_replace_carries_its_text():
    (rule,) = rules("  harm: {do: replace, text: {ja: 相談先, en: helpline}}")
    assert rule.text == {"ja": "相談先", "en": "helpline"}


def test_whole_numbers_are_thresholds_too():
    assert [rule.at for rule in rules("  harm: {at: 1, do: refuse}\n  privacy: {at: 0, do: mask}")] == [1.0, 0.0]


@given(st.sampled_from(sorted(taxonomy())), st.sampled_from(Verdict), st.floats(0.0, 1.0))
def test_what_is_written_is_what_is_read(prefix, verdict, at):
    text = ", text: {ja: あ, en: a}" if verdict is Verdict.REPLACE else ""
    (rule,) = rules(f"  {prefix}: {{at: {at:.17f}, do: {verdict.word}{text}}}")
    assert (rule.prefix, rule.verdict, rule.at) == (prefix, verdict, pytest.approx(at, abs=1e-15))


MISTAKES = {
    "  privcy: mask": "2:3: unknown category `privcy`; did you mean `privacy`?",
    "  privacy.telefone: mask": "2:3: unknown category `privacy.telefone`; did you mean `privacy.phone`?",
    "  zzzz: mask": "2:3: unknown category `zzzz`; expected privacy, secret, attack, harm, code",
    "  privacy: msk": "2:3: unknown verdict `msk`; did you mean `mask`?",
    "  privacy: {do: zzzz}": "2:13: unknown verdict `zzzz`; expected pass, annotate, mask, replace, hold, refuse",
    "  privacy: {at: 0.5}": "2:3: expected a verdict (pass, annotate",
    "  privacy: {do: 7}": "2:13: expected a verdict (pass, annotate",
    "  privacy: no": "2:3: unknown verdict `no`",
    "  privacy:": "2:3: expected `key: value` pairs",
    "  attack: {at: 1.5, do: refuse}": "2:12: the threshold `at` is a number from 0 to 1",
    "  attack: {at: -0.1, do: refuse}": "2:12: the threshold `at` is a number from 0 to 1",
    "  attack: {at: high, do: refuse}": "2:12: the threshold `at` is a number from 0 to 1",
    "  attack: {at: true, do: refuse}": "2:12: the threshold `at` is a number from 0 to 1",
    "  attack: {at: .nan, do: refuse}": "2:12: the threshold `at` is a number from 0 to 1",
    "  attack: {att: 0.5, do: refuse}": "2:12: unknown key `att`; did you mean `at`?",
    "  harm: replace": "2:3: `replace` needs the text that is put in place",
    "  harm: {do: replace, text: {ja: あ}}": "2:23: expected a text in both languages",
    "  harm: {do: replace, text: {ja: あ, en: ' '}}": "2:23: expected a text in both languages",
    "  harm: {do: replace, text: {ja: あ, en: a, fr: b}}": "2:44: unknown language `fr`; expected ja, en",
    "  harm: {do: mask, text: {ja: あ, en: a}}": "2:20: `mask` takes no text; only `replace` does",
    "  harm: []": "2:3: expected at least one step",
    "  harm:\n    - {at: 0.5, do: refuse}\n    - {at: 0.7, do: annotate}": "4:7: this step never speaks",
    "  harm:\n    - mask\n    - mask": "3:7: this step never speaks",
    "  - privacy": "1:1: expected `key: value` pairs",
    "  harm: mask\n  harm: refuse": "3:3: the key `harm` is given twice",
}


@pytest.mark.parametrize(("text", "mistake"), MISTAKES.items())
def test_a_mistake_is_told_with_line_and_column(text, mistake):
    with pytest.raises(ConfigurationError) as caught:
        rules(text)
    assert str(caught.value).startswith(f"p.yaml:{mistake}")
