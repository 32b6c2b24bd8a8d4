from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.core.exchange import Judged, Stage
from sekisho.core.finding import Finding
from sekisho.core.verdict import Verdict
from sekisho.policy import notices
from sekisho.policy.profile import Profile, Rule
from sekisho.policy.taxonomy import taxonomy, title

SPEAKERS = {
    Verdict.REFUSE: notices.refusal,
    Verdict.MASK: notices.masked,
    Verdict.HOLD: notices.held,
    Verdict.ANNOTATE: notices.annotated,
}
LANGUAGES = ("ja", "en")


TITLE = {"ja": "窓口", "en": "Desk"}
DESK = Profile("desk", TITLE, TITLE, {})


def judged(category, verdict=Verdict.REFUSE, stage=Stage.ENTRY, score=0.9, note="", rule=None):
    name = rule or f"desk: {stage.value}.{category.partition('.')[0]} → {verdict.word}"
    return Judged(Finding(0, 1, category, score, "test", note), stage, verdict, name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("verdict", SPEAKERS)
def test_every_category_at_every_stage_is_told_with_its_title_and_its_rule(verdict, stage, language):
    for category in taxonomy():
        one = judged(category, verdict, stage)
        text = SPEAKERS[verdict](DESK, [one], language)
        assert title(category, language) in text
        assert TITLE[language] in text
        assert one.rule not in text
        assert "{" not in text
        assert len(text) < (200 if language == "ja" else 400), text
        assert text.isascii() is False if language == "ja" else "。" not in text


@pytest.mark.parametrize(
    ("one", "language", "text"),
    [
        (
            judged("privacy.phone", stage=Stage.EXIT),
            "ja",
            "AIの答えは、お見せできません。見つかったもの: 電話番号。"
            "質問を変えるか、必要な情報は窓口に直接お尋ねください。"
            "(「窓口」の決まり: 「電話番号」は通さない)",
        ),
        (
            judged("attack.jailbreak"),
            "en",
            "Your message was not sent to the AI. Found: jailbreak. "
            "Please write only what you want to know, in ordinary "
            "words. (Rule of “Desk”: refuse “jailbreak”)",
        ),
        (
            judged("fault.guard"),
            "en",
            "This was stopped because its safety could not be checked. Reason: inspection that failed. Please try "
            "again in a while. If it keeps happening, tell the operator. (Rule of “Desk”: refuse “failed check”)",
        ),
    ],
)
def test_a_refusal_says_what_was_found_what_to_do_and_which_rule(one, language, text):
    assert notices.refusal(DESK, [one], language) == text


@pytest.mark.parametrize("verdict", SPEAKERS)
def test_whoever_is_responsible_is_named_in_every_notice(verdict):
    named = replace(DESK, responsible={"ja": "情報課{内線12}", "en": "Office {ext. 12}"})
    one = judged("privacy.phone", verdict)
    for language, ending in (
        ("ja", "(この決まりの担当: 情報課{内線12})"),
        ("en", " (Responsible for this rule: Office {ext. 12})"),
    ):
        assert SPEAKERS[verdict](named, [one], language) == SPEAKERS[verdict](DESK, [one], language) + ending


def test_whoever_is_responsible_is_named_where_nothing_else_can_be_said():
    named = replace(DESK, responsible={"ja": "情報課", "en": "Office"})
    assert "情報課" in notices.refusal(named, [], "ja")
    assert "Office" in notices.held(named, [], "en")


@pytest.mark.parametrize("category", ["privacy", "harm", "fault.guard"])
@pytest.mark.parametrize("stage", Stage)
def test_a_hold_promises_nobody_who_looks_at_it_and_names_whom_to_turn_to(stage, category):
    """Nobody is asked yet, so nothing waits."""
    japanese, english = (
        notices.held(DESK, [judged(category, Verdict.HOLD, stage)], language) for language in LANGUAGES
    )
    assert "担当者にご相談ください" in japanese
    assert "ask the person in charge" in english
    assert not any(word in japanese for word in ("まで", "待", "確認しま"))
    assert not any(word in english for word in ("until", "wait", "looks"))


def test_advice_follows_the_longest_name_and_then_the_stage():
    told = {
        category: notices.refusal(DESK, [judged(category)], "en")
        for category in ("privacy.phone", "privacy.my_number", "secret.token", "harm.mental_health", "rights.licence")
    }
    assert "personal data out" in told["privacy.phone"]
    assert "My Number to an AI" in told["privacy.my_number"]
    assert "change it at once" in told["secret.token"]
    assert "call 119" in told["harm.mental_health"]
    assert "put it another way" in told["rights.licence"]


def test_the_surest_finding_decides_on_the_advice_and_stands_first():
    text = notices.refusal(DESK, [judged("privacy.phone", score=0.6), judged("attack.jailbreak", score=0.9)], "en")
    assert "Found: jailbreak, phone number." in text
    assert "in ordinary words" in text


def test_titles_and_rules_stand_once_and_long_lists_are_cut():
    many = [judged(f"privacy.{name}") for name in ("phone", "phone", "email", "address", "passport", "pension")]
    text = notices.refusal(DESK, many, "en")
    assert "Found: phone number, e-mail address, address, 2 more." in text
    assert "(Rule of “Desk”: refuse “phone number”, refuse “e-mail address”, 3 more)" in text
    assert "ほか2件" in notices.refusal(DESK, many, "ja")


@pytest.mark.parametrize(
    ("verdict", "japanese", "english"),
    [
        (Verdict.REFUSE, "「個人情報」は通さない", "refuse “personal data”"),
        (Verdict.MASK, "「個人情報」は伏せる", "mask “personal data”"),
        (Verdict.HOLD, "「個人情報」は止める", "withhold “personal data”"),
        (Verdict.ANNOTATE, "「個人情報」には注意を添える", "add a note to “personal data”"),
    ],
)
def test_a_rule_is_told_once_by_what_it_speaks_of(verdict, japanese, english):
    profile = Profile("desk", TITLE, TITLE, {Stage.ENTRY: (Rule("privacy", 0.5, verdict, "desk: entry.privacy"),)})
    both = [judged(f"privacy.{name}", verdict, rule="desk: entry.privacy") for name in ("phone", "email")]
    assert f"(「窓口」の決まり: {japanese})" in SPEAKERS[verdict](profile, both, "ja")
    assert f"(Rule of “Desk”: {english})" in SPEAKERS[verdict](profile, both, "en")


def test_only_judgements_of_the_verdict_are_told():
    mixed = [judged("privacy.phone", Verdict.MASK), judged("secret.token"), judged("harm.hate", Verdict.PASS)]
    assert "Found: access token." in notices.refusal(DESK, mixed, "en")
    assert "Found: phone number." in notices.masked(DESK, mixed, "en")


def test_what_was_found_at_another_stage_is_another_story():
    both = [judged("privacy.email", Verdict.MASK, Stage.EXIT), judged("privacy.phone", Verdict.MASK, score=0.5)]
    assert "Found: e-mail address." in notices.masked(DESK, both, "en")


def test_a_fault_is_told_only_where_nothing_else_was_found():
    both = [judged("fault.guard", score=1.0), judged("secret.token")]
    text = notices.refusal(DESK, both, "en")
    assert text.startswith("Your message was not sent")
    assert "inspection that failed" not in text


def test_nothing_hidden_is_nothing_to_tell():
    for language in LANGUAGES:
        assert notices.masked(DESK, [judged("privacy.phone")], language) == ""
        assert notices.annotated(DESK, [], language) == ""


def test_a_refusal_or_hold_without_a_reason_still_says_what_to_do():
    for language in LANGUAGES:
        assert len(notices.refusal(DESK, [], language)) > 30
        assert len(notices.held(DESK, [judged("privacy.phone", Verdict.PASS)], language)) > 30


def test_a_stop_names_what_was_stopped():
    assert notices.stopped("town-llm", "ja").startswith("「town-llm」は、管理者が停止しています。")
    assert notices.stopped("all", "ja").startswith("「AIの利用」は、")
    assert notices.stopped("all", "en").startswith("“everything” has")
    assert "“all {x}” has been stopped" in notices.stopped("all {x}", "en")


def test_an_answer_that_breaks_off_says_so():
    assert "完全ではありません" in notices.broken_off("ja")
    assert "not complete" in notices.broken_off("en")


FOUND = "ABSOLUTELY-SECRET-0123"


@given(
    st.lists(st.sampled_from(sorted(taxonomy())), min_size=1, max_size=5),
    st.sampled_from(sorted(SPEAKERS)),
    st.sampled_from(Stage),
)
def test_no_notice_holds_a_guards_note_or_an_unknown_category(categories, verdict, stage):
    judgements = [judged(category, verdict, stage, note=FOUND) for category in categories]
    judgements.append(judged(f"{categories[0]}.{FOUND}", verdict, stage, rule="desk: r"))
    judgements.append(judged(f"{FOUND}.x", verdict, stage, rule="desk: r"))
    for language in LANGUAGES:
        assert FOUND not in SPEAKERS[verdict](DESK, judgements, language)
