from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from sekisho.core.exchange import Judged, Message, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.policy.judge import judge, outermost, replacement, worst
from sekisho.policy.profile import Profile, Rule, rule_name
from sekisho.policy.taxonomy import taxonomy

TEXT = {"ja": "決められた文章", "en": "a reviewed text"}
CATEGORIES = sorted(taxonomy())


def rule(stage, prefix, verdict, at=0.5):
    text = TEXT if verdict is Verdict.REPLACE else None
    return Rule(prefix, at, verdict, rule_name("p", stage, prefix, verdict, at), text)


def profile(stages):
    return Profile(name="p", title=TEXT, description=TEXT, stages=stages)


def entry(*rules):
    return profile({Stage.ENTRY: rules})


def finding(category, score=0.9):
    return Finding(0, 1, category, score, "test")


def message(stage=Stage.ENTRY):
    return Message(stage, "user", "x", ("messages", 0, "content"))


# A stage's rules are drawn with the stage left open, so that a rule always bears the name of its stage.
SCORES = st.floats(0.0, 1.0)
STAGES = st.sampled_from(Stage)
FINDINGS = st.lists(st.builds(finding, st.sampled_from([*CATEGORIES, "acme.thing"]), SCORES), max_size=6)


@st.composite
def profiles(draw):
    one = st.tuples(st.sampled_from(CATEGORIES), st.sampled_from(Verdict), SCORES)
    return profile({stage: tuple(rule(stage, *parts) for parts in draw(st.lists(one, max_size=5))) for stage in Stage})


def lowered(made, draw_at):
    stages = {
        stage: tuple(replace(one, at=min(one.at, draw_at())) for one in rules) for stage, rules in made.stages.items()
    }
    return profile(stages)


@given(profiles(), STAGES, FINDINGS, FINDINGS)
def test_adding_findings_never_makes_the_verdict_milder(made, stage, findings, more):
    before = worst(judge(made, message(stage), findings))
    assert worst(judge(made, message(stage), [*findings, *more])) >= before


@given(profiles(), STAGES, FINDINGS, st.data())
def test_lowering_thresholds_never_makes_a_verdict_milder(made, stage, findings, data):
    stricter = lowered(made, lambda: data.draw(SCORES))
    before = judge(made, message(stage), findings)
    after = judge(stricter, message(stage), findings)
    assert all(new.verdict >= old.verdict for old, new in zip(before, after, strict=True))


@given(profiles(), STAGES, FINDINGS, st.data())
def test_surer_findings_never_make_a_verdict_milder(made, stage, findings, data):
    surer = [replace(one, score=max(one.score, data.draw(SCORES))) for one in findings]
    before = judge(made, message(stage), findings)
    after = judge(made, message(stage), surer)
    assert all(new.verdict >= old.verdict for old, new in zip(before, after, strict=True))


@given(profiles(), STAGES, FINDINGS, st.data())
def test_adding_a_step_to_a_rule_never_makes_a_verdict_milder(made, stage, findings, data):
    written = made.stages[stage]
    assume(written)
    step = rule(
        stage, data.draw(st.sampled_from(written)).prefix, data.draw(st.sampled_from(Verdict)), data.draw(SCORES)
    )
    stricter = profile({**made.stages, stage: (*written, step)})
    before = judge(made, message(stage), findings)
    after = judge(stricter, message(stage), findings)
    assert all(new.verdict >= old.verdict for old, new in zip(before, after, strict=True))


@given(profiles(), STAGES, FINDINGS)
def test_every_finding_is_judged_once_in_order_with_a_rule_and_its_place(made, stage, findings):
    judged = judge(made, message(stage), findings)
    assert [one.finding for one in judged] == findings
    for one in judged:
        assert (one.stage, one.path) == (stage, ("messages", 0, "content"))
        assert one.rule.startswith(f"p: {stage.value}.")
        assert one.rule.endswith(one.verdict.word)


@given(profiles(), STAGES)
def test_a_stage_needs_inspection_exactly_when_some_sure_finding_would_matter(made, stage):
    every = [finding(name, 1.0) for name in CATEGORIES]
    assert made.needs(stage) is (worst(judge(made, message(stage), every)) > Verdict.PASS)


@given(profiles(), STAGES, FINDINGS)
def test_judging_agrees_with_the_rule_read_word_by_word(made, stage, findings):
    for one in judge(made, message(stage), findings):
        holding = [rule for rule in made.stages[stage] if one.finding.within(rule.prefix)]
        longest = max((len(rule.prefix) for rule in holding), default=0)
        steps = [rule for rule in holding if len(rule.prefix) == longest]
        reached = [rule.verdict for rule in steps if rule.at <= one.finding.score]
        silent_fault = one.finding.within("fault") and not steps
        assert one.verdict is (Verdict.REFUSE if silent_fault else max(reached, default=Verdict.PASS))


def test_of_several_steps_the_worst_that_is_reached_counts():
    made = entry(rule(Stage.ENTRY, "harm", Verdict.ANNOTATE, 0.3), rule(Stage.ENTRY, "harm", Verdict.REFUSE, 0.7))
    verdicts = [judge(made, message(), [finding("harm.hate", score)])[0].verdict for score in (0.29, 0.3, 0.69, 0.7)]
    assert verdicts == [Verdict.PASS, Verdict.ANNOTATE, Verdict.ANNOTATE, Verdict.REFUSE]


def test_a_longer_prefix_may_be_milder_and_still_decides():
    made = entry(rule(Stage.ENTRY, "privacy", Verdict.REFUSE), rule(Stage.ENTRY, "privacy.ip_address", Verdict.PASS))
    judged = judge(made, message(), [finding("privacy.ip_address"), finding("privacy.phone")])
    assert [one.verdict for one in judged] == [Verdict.PASS, Verdict.REFUSE]


def test_a_category_that_no_rule_names_passes_and_says_so():
    (judged,) = judge(entry(), message(), [finding("privacy.phone")])
    assert (judged.verdict, judged.rule) == (Verdict.PASS, "p: entry.* → pass")


def test_a_score_below_the_threshold_passes_and_says_so():
    made = entry(rule(Stage.ENTRY, "attack", Verdict.REFUSE, 0.6))
    (judged,) = judge(made, message(), [finding("attack.jailbreak", 0.5)])
    assert (judged.verdict, judged.rule) == (Verdict.PASS, "p: entry.attack < 0.6 → pass")


def test_an_unsure_fault_is_refused_where_the_profile_is_silent():
    (judged,) = judge(entry(), message(), [finding("fault.guard", 0.0)])
    assert (judged.verdict, judged.rule) == (Verdict.REFUSE, "p: entry.fault → refuse")


def test_the_replacement_is_the_text_of_the_rule_that_spoke():
    made = entry(rule(Stage.ENTRY, "harm", Verdict.REPLACE), rule(Stage.ENTRY, "privacy", Verdict.MASK))
    judged = judge(made, message(), [finding("privacy.phone"), finding("harm.mental_health")])
    assert worst(judged) is Verdict.REPLACE
    assert replacement(made, judged, "ja") == "決められた文章"
    assert replacement(made, judged, "en") == "a reviewed text"


def test_there_is_no_replacement_without_such_a_verdict():
    made = entry(rule(Stage.ENTRY, "harm", Verdict.REPLACE))
    assert replacement(made, judge(made, message(), [finding("harm.hate", 0.1)]), "ja") is None
    stray = Judged(finding("privacy.phone"), Stage.ENTRY, Verdict.REPLACE, "another: entry.privacy → replace")
    assert replacement(made, [stray], "ja") is None


def test_nothing_found_is_a_pass():
    assert judge(entry(), message(), []) == []
    assert worst([]) is Verdict.PASS


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(0, 9), SCORES, st.sampled_from(("privacy.phone", "privacy.email")))
    )
)
def test_what_stands_within_another_finding_of_its_kind_is_told_once_and_the_worst_verdict_stays(given_places):
    found = [
        Finding(min(start, end), max(start, end), kind, score, str(number))
        for number, (start, end, score, kind) in enumerate(given_places)
    ]
    policy = entry(rule(Stage.ENTRY, "privacy", Verdict.MASK, 0.3), rule(Stage.ENTRY, "privacy", Verdict.REFUSE, 0.8))
    judged = judge(policy, message(), found)
    told = outermost(judged)
    assert worst(told) == worst(judged)
    places = [(one.finding.category, one.finding.start, one.finding.end) for one in judged]
    assert {(one.finding.category, one.finding.start, one.finding.end) for one in told} <= set(places)
    for one in judged:
        assert any(
            other.finding.category == one.finding.category
            and other.finding.start <= one.finding.start
            and one.finding.end <= other.finding.end
            and one.finding.score <= other.finding.score
            and one.verdict <= other.verdict
            for other in told
        )
    for one in told:
        inside = [
            other
            for other in told
            if other is not one
            and other.finding.category == one.finding.category
            and one.finding.start <= other.finding.start < other.finding.end <= one.finding.end
        ]
        assert not inside
