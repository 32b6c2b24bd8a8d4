import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.exchange import Stage
from sekisho.core.verdict import Verdict
from sekisho.policy.profile import Profile, Rule, default_threshold, rule_name

TEXT = {"ja": "あ", "en": "a"}


def rule(prefix, verdict, at=0.5):
    return Rule(prefix, at, verdict, rule_name("p", Stage.ENTRY, prefix, verdict, at))


def profile(*rules, **fields):
    return Profile(name="p", title=TEXT, description=TEXT, stages={Stage.ENTRY: rules}, **fields)


def test_the_longest_prefix_decides_which_rules_speak():
    made = profile(rule("privacy", Verdict.MASK), rule("privacy.phone", Verdict.REFUSE))
    assert [one.verdict for one in made.steps(Stage.ENTRY, "privacy.phone.mobile")] == [Verdict.REFUSE]
    assert [one.verdict for one in made.steps(Stage.ENTRY, "privacy.email")] == [Verdict.MASK]
    assert made.steps(Stage.ENTRY, "privacyx") == ()
    assert made.steps(Stage.EXIT, "privacy.email") == ()


def test_steps_come_from_the_lowest_threshold_up():
    made = profile(rule("harm", Verdict.REFUSE, 0.7), rule("harm", Verdict.ANNOTATE, 0.3))
    assert [one.at for one in made.steps(Stage.ENTRY, "harm.hate")] == [0.3, 0.7]


def test_silence_about_faults_is_a_refusal_at_every_stage():
    for stage in Stage:
        (only,) = profile().steps(stage, "fault.guard")
        assert (only.verdict, only.at) == (Verdict.REFUSE, 0.0)
        assert only.name == f"p: {stage.value}.fault → refuse"


def test_a_rule_about_one_fault_leaves_the_others_refused():
    made = profile(rule("fault.upstream", Verdict.PASS, 0.0))
    assert made.steps(Stage.ENTRY, "fault.upstream")[0].verdict is Verdict.PASS
    assert made.steps(Stage.ENTRY, "fault.guard")[0].verdict is Verdict.REFUSE


def test_a_stage_needs_inspection_unless_everything_in_it_passes():
    silent = profile()
    passing = profile(rule("fault", Verdict.PASS, 0.0), rule("privacy", Verdict.PASS))
    masking = profile(rule("fault", Verdict.PASS, 0.0), rule("privacy", Verdict.MASK))
    assert silent.needs(Stage.ENTRY)
    assert not passing.needs(Stage.ENTRY)
    assert passing.needs(Stage.EXIT)
    assert masking.needs(Stage.ENTRY)


def test_a_threshold_outside_zero_to_one_is_refused():
    for at in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="threshold"):
            Rule("privacy", at, Verdict.MASK, "n")


def test_a_text_belongs_to_replace_and_to_nothing_else():
    with pytest.raises(ValueError, match="text"):
        Rule("privacy", 0.5, Verdict.REPLACE, "n")
    with pytest.raises(ValueError, match="text"):
        Rule("privacy", 0.5, Verdict.MASK, "n", TEXT)


def test_a_rule_is_named_by_profile_stage_prefix_and_verdict():
    assert rule_name("office", Stage.ENTRY, "privacy", Verdict.MASK) == "office: entry.privacy → mask"
    assert rule_name("office", Stage.ENTRY, "privacy", Verdict.MASK, 0.5) == "office: entry.privacy → mask"
    assert rule_name("office", Stage.EXIT, "harm", Verdict.REFUSE, 0.7) == "office: exit.harm ≥ 0.7 → refuse"


def test_faults_count_however_sure_and_everything_else_when_more_likely_than_not():
    assert default_threshold("fault.guard") == 0.0
    assert default_threshold("faulty") == 0.5


def test_the_digest_is_that_of_the_canonical_form():
    form = {
        "audience": "staff",
        "description": {"en": "a", "ja": "あ"},
        "keep_content": False,
        "keep_s": 0,
        "label": "header",
        "language": None,
        "models": [],
        "profile": "p",
        "stages": {
            "action": [["fault", 0.0, "refuse", {}]],
            "entry": [["fault", 0.0, "refuse", {}], ["privacy", 0.5, "mask", {}]],
            "exit": [["fault", 0.0, "refuse", {}]],
            "source": [["fault", 0.0, "refuse", {}]],
        },
        "stream": "pattern",
        "title": {"en": "a", "ja": "あ"},
    }
    text = json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    made = profile(rule("privacy", Verdict.MASK))
    assert made.canonical() == text
    assert made.digest == hashlib.sha256(text.encode()).hexdigest()[:16]


RULES = st.lists(
    st.builds(
        rule,
        st.sampled_from(["privacy", "privacy.phone", "harm", "attack", "fault"]),
        st.sampled_from([Verdict.PASS, Verdict.MASK, Verdict.REFUSE]),
        st.sampled_from([0.0, 0.25, 0.5, 1.0]),
    ),
    max_size=8,
)


@given(RULES, st.randoms(use_true_random=False))
def test_the_digest_does_not_depend_on_the_order_of_rules(rules, random):
    shuffled = random.sample(rules, len(rules))
    assert profile(*rules).digest == profile(*shuffled).digest


@pytest.mark.parametrize(
    "change",
    [
        {"models": ("m",)},
        {"audience": "children"},
        {"stream": "end"},
        {"label": "visible"},
        {"keep_content": True},
        {"keep_s": 60},
        {"keep_s": None},
        {"language": "ja"},
    ],
)
def test_the_digest_changes_with_every_field(change):
    assert profile(**change).digest != profile().digest


def test_the_digest_changes_with_thresholds_verdicts_and_texts():
    replaced = Rule("privacy", 0.5, Verdict.REPLACE, "n", TEXT)
    otherwise = Rule("privacy", 0.5, Verdict.REPLACE, "n", {"ja": "い", "en": "a"})
    made = [profile(one) for one in (rule("privacy", Verdict.MASK), rule("privacy", Verdict.HOLD))]
    made += [profile(rule("privacy", Verdict.MASK, 0.6)), profile(replaced), profile(otherwise)]
    assert len({one.digest for one in made}) == len(made)
