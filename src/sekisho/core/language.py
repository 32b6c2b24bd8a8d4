"""The language in which a person is answered."""

from typing import Literal, TypeGuard

Language = Literal["ja", "en"]
Bilingual = dict[Language, str]


def is_bilingual(value: object) -> TypeGuard[Bilingual]:
    """Whether it is a sentence in both languages."""
    return isinstance(value, dict) and set(value) == {"ja", "en"}  # pyright: ignore[reportUnknownArgumentType]


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
