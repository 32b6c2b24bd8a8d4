"""Characters as they are compared: compatibility-decomposed (NFKD), case-folded, and only what is read."""

import unicodedata


class _Folded(dict[str, str]):
    """Each character as it is compared; computed when it is first met, so at most once for all of Unicode."""

    def __missing__(self, character: str) -> str:
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
        kept = "".join(one for one in decomposed if _counts(one))
        self[character] = kept
        return kept


def _counts(character: str) -> bool:
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return False  # variation selectors change no reading, and texts are marked with them
    return unicodedata.category(character)[0] in "LNM"


FOLDED = _Folded()
