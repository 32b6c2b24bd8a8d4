"""What stands around a name."""

import pytest

from sekisho.guards.names_context import Shape, Sign, Surroundings, score
from sekisho.guards.names_lexicon import Words

AROUND = Surroundings.of(Words.load())


def sign(sentence: str) -> Sign:
    before, name, _ = sentence.replace("}", "{").split("{")
    return AROUND.sign(sentence.replace("{", "").replace("}", ""), len(before), len(before) + len(name))


@pytest.mark.parametrize(
    ("sentence", "meaning"),
    [
        ("{田中}さんが来た", Sign.TITLE),
        ("氏名:{田中}", Sign.LABEL),
        ("{田中}と申します", Sign.SAID),
        ("{田中}(34)は", Sign.AGED),
        ("{田中}が休んだ", Sign.MEANT),
        ("{田中}本人に聞く", Sign.MEANT),
        ("{田中}は新しい資料をきのう作った", Sign.ACTS),
        ("@{田中} 例の件", Sign.LABEL),
        ("{田中}総務課長が来た", Sign.TITLE),
        ("{田中}という名字", Sign.THING),
        ("{田中}の", Sign.LINKED),
        ("{田中}", Sign.NONE),
        ("{田中}商店で買う", Sign.THING),
        ("株式会社{田中}", Sign.THING),
        ("{田中}首相が会見した", Sign.THING),
    ],
)
def test_the_context_says_what_is_meant(sentence, meaning):
    assert sign(sentence) is meaning


@pytest.mark.parametrize("shape", Shape)
def test_scores_fall_with_what_the_context_says(shape):
    scores = [score(shape, meaning) for meaning in Sign]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] == 0.0
