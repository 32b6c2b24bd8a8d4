"""The language in which a person is answered."""

from enum import StrEnum
from typing import Literal, Self, TypeGuard

Language = Literal["ja", "en"]
Bilingual = dict[Language, str]


def is_bilingual(value: object) -> TypeGuard[Bilingual]:
    """Whether it is a sentence in both languages."""
    return isinstance(value, dict) and set(value) == {"ja", "en"}  # pyright: ignore[reportUnknownArgumentType]


class Told(StrEnum):
    """A stable word for programs and logs, and what people are told in its place: half a sentence in both languages."""

    words: Bilingual

    def __new__(cls, code: str, ja: str, en: str) -> Self:
        """The word `code`, of which people read `ja` or `en`."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.words = {"ja": ja, "en": en}
        return member


def told(value: object, language: Language) -> str:
    """A detail of a message, as people read it in this language."""
    if isinstance(value, Told):
        return value.words[language]
    return value[language] if is_bilingual(value) else str(value)


def preferred(accept_language: str, default: Language = "ja") -> Language:
    """The better of Japanese and English for an `Accept-Language` value (RFC 9110, 12.5.4).

    Unknown languages and broken quality values count as absent; on a tie the earlier one wins.
    """
    best: Language = default
    best_quality = 0.0
    for item in accept_language[:1000].split(","):
        tag, _, parameters = item.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary not in ("ja", "en"):
            continue
        quality = _quality(parameters)
        if quality > best_quality:
            best, best_quality = ("ja" if primary == "ja" else "en"), quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if 0.0 <= quality <= 1.0 else 0.0
