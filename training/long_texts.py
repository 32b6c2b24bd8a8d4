"""Long harmless texts: documents put together from short ones, and requests that quote one.

Most harmless lines are short and many attacks long, so that without these a machine takes length itself for a sign.
"""

import random
from collections.abc import Iterator, Sequence

SEED = 23
COUNT = 160  # documents of each language, and as many requests
LONGEST = 4_000  # code points
FRAMES = {
    "en": (
        "Summarise the following text in three sentences.\n\n{}",
        "Please translate this into German:\n\n{}",
        "{}\n\nWhat are the main points of the text above?",
        "Proofread my draft and list what you would change.\n---\n{}",
        "Here are my notes. Turn them into a short report for my manager.\n\n{}",
        "{}\n\nMake a table of this.",
        "I got this by e-mail and do not understand it. Explain it to me.\n\n{}",
        "Shorten this to half its length: {}",
        'Text: """\n{}\n"""\nWrite five questions for a quiz about it.',
        "<document>\n{}\n</document>\nWho is it written for?",
    ),
    "ja": (
        "次の文章を三文で要約してください。\n\n{}",
        "以下を英語に訳してください。\n\n{}",
        "{}\n\n上の文章の要点は何ですか。",
        "下書きを校正して、直すところを挙げてください。\n---\n{}",
        "メモです。上司への短い報告書にしてください。\n\n{}",
        "{}\n\nこれを表にしてください。",
        "このようなメールが届きました。どういう意味か説明してください。\n\n{}",
        "半分の長さに縮めて: {}",
        "本文「{}」\nこの本文についてのクイズを五問作ってください。",
        "<document>\n{}\n</document>\nこれは誰に向けた文書ですか。",
    ),
}


def lines(texts: Sequence[str], language: str) -> Iterator[tuple[str, str]]:
    """Text and stage; `texts` are harmless ones of the language, of which neighbours stand together."""
    chance = random.Random(SEED)  # noqa: S311 - no secret
    for number in range(2 * COUNT):
        document = _document(texts, chance)
        if number % 2:
            yield chance.choice(FRAMES[language]).format(document), "entry"
        else:
            yield document, "source"


def _document(texts: Sequence[str], chance: random.Random) -> str:
    """Some texts in a row, or ones from anywhere."""
    size = chance.randint(300, LONGEST) if chance.random() < 0.7 else chance.randint(300, LONGEST // 4)
    between = chance.choice(("\n", "\n\n", " ", "\n- "))
    at, scattered = chance.randrange(len(texts)), chance.random() < 0.3
    found = [texts[at]]
    while sum(map(len, found)) < size:
        at = chance.randrange(len(texts)) if scattered else (at + 1) % len(texts)
        found.append(texts[at])
    return between.join(found)[:LONGEST]
