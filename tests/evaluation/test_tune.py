import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.errors import ConfigurationError
from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.located import parse
from sekisho.core.verdict import Verdict
from sekisho.evaluation.guards import Seen
from sekisho.evaluation.items import Item
from sekisho.evaluation.metrics import proportion
from sekisho.evaluation.tune import ALWAYS, Half, Question, Target, choose, needed, steps_after, tune
from sekisho.policy.document import profile_of

FALSE = Target("max_false", 0.1)
CAUGHT = Target("min_caught", 0.9)
scores = st.lists(st.sampled_from([0.0, 0.05, 0.2, 0.333, 0.5, 0.51, 0.9, 1.0, ALWAYS]), min_size=1, max_size=30)
halves = st.builds(lambda bad, good: Half(tuple(sorted(bad)), tuple(sorted(good))), scores, scores)


def profile(rules):
    return profile_of(parse(f"profile: p\ntitle: {{ja: あ, en: a}}\nentry:\n{rules}", "p.yaml"))


def question(rules="  attack: {at: 0.5, do: refuse}", category="attack"):
    return Question(profile(rules), Stage.ENTRY, category)


def item(text, *labels, source="", stage=Stage.ENTRY):
    return Item(text, text, frozenset(labels), (), stage, hard=False, source=source)


def seen(*found):
    return Seen(item("x"), tuple(Finding(0, 1, category, score, "g") for category, score in found))


def by_last_word(items):
    """Scores are written at the ends of the texts."""
    return [Seen(one, (Finding(0, 1, "attack.jailbreak", float(one.text.split()[-1]), "g"),)) for one in items]


def many(bad=(0.9, 0.8, 0.7, 0.2), good=(0.1, 0.3, 0.4), times=10):
    return [
        *(item(f"bad {n} {score}", "attack.jailbreak") for n in range(times) for score in bad),
        *(item(f"good {n} {score}") for n in range(times) for score in good),
    ]


@given(halves, st.sampled_from([0.02, 0.1, 0.4]))
def test_at_most_so_many_false_catches_as_much_as_can_be(half, share):
    target = Target("max_false", share)
    threshold = choose(half, target)
    allowed = [point for point in half.curve if point.touched <= share * point.harmless + 1e-9]
    if threshold is None:
        assert not allowed
        return
    assert half.at(threshold).touched <= share * len(half.harmless) + 1e-9
    best = max((point.hits, -point.touched) for point in allowed)
    assert (half.at(threshold).hits, -half.at(threshold).touched) == best


@given(halves, st.sampled_from([0.5, 0.9]))
def test_at_least_so_many_caught_stops_as_little_as_can_be(half, share):
    threshold = choose(half, Target("min_caught", share))
    allowed = [point for point in half.curve if point.hits >= share * point.harmful - 1e-9]
    if threshold is None:
        assert not allowed
        return
    assert half.at(threshold).hits >= share * len(half.harmful) - 1e-9
    best = max((-point.touched, point.hits) for point in allowed)
    assert (-half.at(threshold).touched, half.at(threshold).hits) == best


def test_what_a_target_allows_is_not_used_up_for_nothing():
    half = Half((0.8, 0.9), (*[0.01] * 98, 0.07, 0.1))
    chosen = half.at(choose(half, Target("max_false", 0.05)))
    assert (chosen.hits, chosen.touched) == (2, 0)


@given(halves)
def test_a_higher_threshold_never_stops_more(half):
    for lower, higher in zip(half.curve, half.curve[1:], strict=False):
        assert (higher.hits, higher.touched) <= (lower.hits, lower.touched)


def test_a_stretch_that_does_the_same_is_cut_in_the_middle():
    half = Half((0.8, 0.9), (0.1, 0.4))
    assert choose(half, Target("max_false", 0.1)) == 0.6
    assert choose(Half((0.5052, 0.9), (0.5012,)), CAUGHT) == 0.504, "where two decimals would leave the stretch"


@given(st.sampled_from([0.01, 0.05, 0.1, 0.5]))
def test_so_many_cases_show_it_and_one_fewer_does_not(errors):
    cases = needed(errors, 0.0)
    assert proportion(0, cases).high <= errors < proportion(0, cases - 1).high


def test_more_errors_need_more_cases_and_too_many_are_never_enough():
    assert needed(0.05, 0.0) == 73
    assert needed(0.05, 0.02) > needed(0.05, 0.0)
    assert proportion(2 * needed(0.05, 0.02) // 100, needed(0.05, 0.02)).high <= 0.05
    with pytest.raises(ValueError, match="no number"):
        needed(0.05, 0.05)


def test_only_findings_that_the_rule_judges_give_a_score():
    asked = question("  attack: {at: 0.5, do: refuse}\n  attack.injection: {at: 0.3, do: refuse}")
    assert asked.score(seen(("attack.jailbreak", 0.4), ("harm.hate", 0.9))) == 0.4
    assert asked.score(seen(("attack.injection.direct", 0.2))) == 0
    assert asked.score(seen(("attack.injection.direct", 0.3))) == ALWAYS
    assert asked.score(seen()) == 0


def test_a_rule_that_lets_pass_or_only_notes_stops_nothing():
    asked = question("  harm: {at: 0.5, do: refuse}\n  harm.hate: pass\n  harm.adult: annotate", "harm")
    assert asked.score(seen(("harm.hate", 1.0), ("harm.adult", 1.0))) == 0
    assert question("  harm: annotate", "harm").bar is Verdict.ANNOTATE


def test_a_category_without_a_rule_of_its_own_is_judged_by_that_of_its_area():
    asked = question(category="attack.injection")
    assert [step.prefix for step in asked.acting] == ["attack"]
    assert asked.score(seen(("attack.injection.direct", 0.7), ("attack.jailbreak", 0.9))) == 0.7
    assert question(category="harm").acting == ()


def test_one_half_chooses_and_the_other_is_told():
    tuning = tune(question(), FALSE, many(), by_last_word)
    assert (len(tuning.chosen.harmful), len(tuning.judged.harmful)) == (20, 20)
    assert (len(tuning.chosen.harmless), len(tuning.judged.harmless)) == (15, 15)
    texts = [{one.item.text for one in by_last_word(half)} for half in _halves_of(many())]
    assert not texts[0] & texts[1]
    assert [point.threshold for point in tuning.today] == [0.5]
    assert tuning.proposed is not None


def _halves_of(items):
    halves = []
    tune(question(), FALSE, items, lambda half: halves.append(list(half)) or by_last_word(half))
    return halves


def test_sources_stay_together_and_texts_that_are_the_same_too():
    items = [item(f"{n} 0.{n % 9}", *(["attack"] if n % 2 else []), source=f"s{n % 6}") for n in range(60)]
    first, second = _halves_of(items)
    assert {one.source for one in first}.isdisjoint({one.source for one in second})
    twice = _halves_of([*many(), *many()])
    assert {one.text for one in twice[0]}.isdisjoint({one.text for one in twice[1]})


def test_one_source_alone_is_split_by_text_and_that_is_told():
    items = [item(one.text, *one.labels, source="one") for one in many()]
    assert not tune(question(), FALSE, items, by_last_word).by_source
    items = [item(one.text, *one.labels, source=f"s{n % 7}") for n, one in enumerate(many())]
    assert tune(question(), FALSE, items, by_last_word).by_source


def test_other_stages_and_other_harm_are_left_out():
    extra = [item("late 0.1", stage=Stage.EXIT), item("other 0.9", "harm.hate")]
    tuning = tune(question(), FALSE, [*many(), *extra], by_last_word)
    assert tuning.left_out == 2


def test_too_few_to_divide_is_an_error():
    with pytest.raises(ConfigurationError, match="at least two of each; has 1 and 5"):
        tune(question(), FALSE, [item("a 0.9", "attack"), *(item(f"g{n} 0.1") for n in range(5))], by_last_word)


def test_a_guard_that_fails_gives_no_figures():
    def failing(items):
        return [Seen(one, (Finding(0, 1, "fault.guard", 1.0, "slow"),)) for one in items]

    with pytest.raises(ConfigurationError, match="guard slow: guards failed 70 times"):
        tune(question(), FALSE, many(), failing)


def test_the_outcome_says_whether_the_other_half_bears_it_out():
    sure = tune(question(), FALSE, many(bad=(0.9,), good=(0.1,), times=200), by_last_word)
    assert (sure.outcome, sure.needed, sure.needed_at_this_rate) == ("shown", 70, 70)
    few = tune(question(), FALSE, many(bad=(0.9,), good=(0.1,)), by_last_word)
    assert few.outcome == "likely"
    none = tune(question(), CAUGHT, many(bad=(0.0,), good=(0.1,)), by_last_word)
    assert (none.proposed, none.outcome, none.needed_at_this_rate) == (None, "missed", None)
    hopeless = Half((0.1,) * 20, (0.9,) * 20)
    chosen = Half((0.9,) * 20, (0.1,) * 20)
    missed = type(few)(question(), FALSE, chosen, hopeless, by_source=False, left_out=0)
    assert (missed.outcome, missed.needed_at_this_rate) == ("missed", None)


@pytest.mark.parametrize(
    ("rules", "threshold", "after"),
    [
        ("  attack: {at: 0.5, do: refuse}", 0.3, [(0.3, "refuse")]),
        ("  attack: [{at: 0.4, do: annotate}, {at: 0.8, do: refuse}]", 0.6, [(0.4, "annotate"), (0.6, "refuse")]),
        ("  attack: [{at: 0.4, do: annotate}, {at: 0.8, do: refuse}]", 0.3, [(0.3, "refuse")]),
        ("  attack: [{at: 0.4, do: hold}, {at: 0.8, do: refuse}]", 0.6, [(0.6, "hold"), (0.8, "refuse")]),
        ("  attack: [{at: 0.4, do: hold}, {at: 0.8, do: refuse}]", 0.9, [(0.9, "refuse")]),
    ],
)
def test_the_steps_around_the_threshold_stay_sensible(rules, threshold, after):
    steps = steps_after(question(rules), threshold)
    assert [(at, step.verdict.word) for at, step in steps] == after


def test_a_first_rule_has_no_steps_to_follow():
    assert steps_after(question(category="harm"), 0.4) == [(0.4, None)]
