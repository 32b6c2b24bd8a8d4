"""The page of the documentation that lists every category."""

from collections.abc import Iterator

from sekisho.core.language import Bilingual, Language
from sekisho.policy.taxonomy import Category, taxonomy

_TITLE: Bilingual = {"ja": "# 分類の一覧", "en": "# Categories"}
_LEAD: Bilingual = {
    "ja": """規則に書ける分類の一覧です。規則には、ここにある名前か、その点の前の部分(たとえば `privacy`)を書きます。
「提言」は、日本学術会議の提言「生成AIを受容・活用する社会の実現に向けて」(2025年)の対応する箇所です。
「記号」は、伏せた部分の代わりに入れる記号(`[PERSON_1]` など)に使う名前です。

`grounding` を探すガードはまだありません。`rights` を知らせるのは、[モデルのガード](model-guards.md)だけです。
`contract` は、プロファイルの[`answer`](profiles.md)かリクエストが、答えの形を決めているときに調べます。
このページは `sekisho profile categories` で作っています。""",
    "en": """Everything that rules may name: one of these categories, or the part before a dot, such as `privacy`.
“Source” is the place in the recommendation of the Science Council of Japan,
*Toward a society that accepts and makes use of generative AI* (2025).
“Tag” is the name inside the placeholder that stands for a hidden text, such as `[PERSON_1]`.

No guard looks for `grounding` yet, and only [model guards](model-guards.md) report `rights`.
`contract` is checked if [`answer`](profiles.md) in the profile, or the request, says what form answers must have.
This page is made by `sekisho profile categories`.""",
}
_HEAD: Bilingual = {
    "ja": "| 名前 | 呼び方 | 説明 | 提言 | 記号 |",
    "en": "| name | title | explanation | source | tag |",
}


def page(language: Language) -> str:
    """The page in Markdown."""
    return "\n".join(_lines(language)) + "\n"


def _lines(language: Language) -> Iterator[str]:
    yield _TITLE[language]
    yield ""
    yield _LEAD[language]
    for category in taxonomy().values():
        if "." not in category.name:
            yield ""
            yield f"## {category.name}"
            yield ""
            yield _HEAD[language]
            yield "|---|---|---|---|---|"
        yield _row(category, language)


def _row(category: Category, language: Language) -> str:
    tag = f"`{category.tag}`" if category.tag else ""
    words = (f"`{category.name}`", category.title[language], category.explanation[language], category.source, tag)
    return "| " + " | ".join(words) + " |"
