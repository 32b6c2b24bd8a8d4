import pytest

from sekisho.core.located import parse
from sekisho.policy.document import profile_of
from sekisho.policy.explain import explained
from sekisho.policy.load import Profiles

SMALL = """\
profile: desk
title: {ja: 窓口, en: Desk}
models: [a, b]
entry:
  privacy: mask
  harm:
    - {at: 0.3, do: annotate}
    - {at: 0.7, do: refuse}
source: {fault: pass}
action: {privacy: pass, fault: refuse}
exit: {harm: {do: replace, text: {ja: あ, en: a}}, grounding: hold}
"""


def told(text, language="en"):
    return explained(profile_of(parse(text, "p.yaml")), language)


def test_a_profile_is_told_sentence_by_sentence():
    assert told(SMALL) == (
        "Desk (desk)\n"
        "It is for staff.\n"
        "The AI models it uses, in this order: a, b.\n"
        "\n"
        "What you send to the AI\n"
        "  - When “personal data” is found with a certainty of 50 % or more, that part is hidden.\n"
        "  - When “harmful content” is found with a certainty of 30 % or more, it passes with a note of caution.\n"
        "  - When “harmful content” is found with a certainty of 70 % or more, it is stopped, and you are told why.\n"
        "  - Whenever there is “failed check”, it is stopped, and you are told why.\n"
        "  - Everything else passes.\n"
        "\n"
        "Documents and tool results that the AI reads\n"
        "  - Nothing is inspected here.\n"
        "\n"
        "What the AI sends to tools\n"
        "  - “personal data” passes as it is.\n"
        "  - Whenever there is “failed check”, it is stopped, and you are told why.\n"
        "  - Everything else passes.\n"
        "\n"
        "What the AI answers\n"
        "  - When “harmful content” is found with a certainty of 50 % or more, a reviewed text is given instead.\n"
        "  - When “missing or wrong grounds” is found with a certainty of 50 % or more, "
        "it is withheld; if it is needed, ask the person in charge.\n"
        "  - Whenever there is “failed check”, it is stopped, and you are told why.\n"
        "  - Everything else passes.\n"
        "\n"
        "How it is shown and recorded\n"
        "  - The answer appears only when all of it has been checked.\n"
        "  - Programs can read that the answer was written by AI.\n"
        "  - The texts themselves are not kept; only what was judged and when.\n"
    )


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ("{content: encrypted, keep: 90d}", "暗号化して90日の間だけ"),
        ("{content: encrypted, keep: 12h}", "暗号化して12時間の間だけ"),
        ("{content: encrypted, keep: forever}", "暗号化して期限なく"),
        ("{content: none}", "中身は残しません"),
    ],
)
def test_the_record_is_told_with_its_span(record, sentence):
    assert sentence in told(f"{SMALL}record: {record}\n", "ja")


@pytest.mark.parametrize(
    ("stream", "rule", "sentence"),
    [
        ("pattern", "refuse", "bit by bit"),
        ("sentence", "refuse", "sentence by sentence"),
        ("sentence", "hold", "only when all of it"),  # nothing of what may be withheld goes out early
        ("end", "refuse", "only when all of it"),
    ],
)
def test_when_an_answer_appears_is_told(stream, rule, sentence):
    text = f"profile: p\ntitle: {{ja: 例, en: P}}\nstream: {stream}\nexit: {{harm: {{at: 0.5, do: {rule}}}}}\n"
    assert f"The answer appears {sentence}" in told(text)


def test_an_answer_that_nobody_inspects_is_not_called_checked():
    text = explained(Profiles().get("open"), "en")
    assert "checked" not in text
    assert text.count("Nothing is inspected here.") == 4


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_built_in_profile_can_be_told_in_both_languages(language):
    profiles = Profiles()
    for name in profiles.names:
        text = explained(profiles.get(name), language)
        assert profiles.get(name).description[language] in text
        assert "{" not in text
        assert ("。" in text) is (language == "ja")


def test_who_is_responsible_is_told():
    named = SMALL + "responsible: {ja: 情報課(内線12), en: Office}\n"
    assert "Responsible for it: Office\n" in told(named)
    assert "この設定の担当: 情報課(内線12)\n" in told(named, "ja")
    assert "Responsible" not in told(SMALL)


def test_where_a_model_is_asked_is_told():
    banded = SMALL + "unsure: {harm: [0.3, 0.8]}\n"
    assert "“harmful content” lies between 30 and 80 %" in told(banded)
    assert "「有害な内容」の確かさが30〜80%" in told(banded, "ja")
    assert "asked too" not in told(SMALL)
