"""What the words in which records are written mean to people: kinds of entries and verdicts."""

from sekisho.core.language import Bilingual, Language

KINDS: dict[str, Bilingual] = {
    "exchange": {"ja": "やりとり", "en": "an exchange"},
    "admission": {"ja": "やりとりの受付", "en": "the admission of a request"},
    "erasure": {"ja": "内容の消去", "en": "an erasure of content"},
    "gap": {"ja": "記録できなかった時間", "en": "a time in which nothing could be recorded"},
    "stop": {"ja": "停止", "en": "a stop"},
    "start": {"ja": "停止の解除", "en": "the end of a stop"},
    "key": {"ja": "署名鍵の変更", "en": "a change of the signing key"},
}
# The page of the server says the same (page/texts.js); a test holds them together.
DID: dict[str, Bilingual] = {
    "pass": {"ja": "そのまま通しました", "en": "passed as it was"},
    "annotate": {"ja": "注意を添えて通しました", "en": "passed with a note"},
    "mask": {"ja": "一部を伏せて通しました", "en": "passed with parts masked"},
    "replace": {"ja": "決められた文に差し替えました", "en": "replaced by a prepared text"},
    "hold": {"ja": "人の判断が必要なため、止めました", "en": "withheld, for a person to judge"},
    "refuse": {"ja": "通しませんでした", "en": "not let through"},
}
WOULD: dict[str, Bilingual] = {
    "pass": {"ja": "そのまま通せます", "en": "would pass as it is"},
    "annotate": {"ja": "注意を添えて通します", "en": "would pass with a note"},
    "mask": {"ja": "一部を伏せて通します", "en": "would pass with parts masked"},
    "replace": {"ja": "決められた文に差し替えます", "en": "would be replaced by a prepared text"},
    "hold": {"ja": "人の判断が必要なため、止めます", "en": "would be withheld, for a person to judge"},
    "refuse": {"ja": "通しません", "en": "would not be let through"},
}


def kind(word: str, language: Language) -> str:
    """What a kind of entry is called, with its word; the word alone where this version does not know it."""
    return _named(KINDS, word, language)


def verdict(word: str, language: Language) -> str:
    """What a verdict did, with its word; the word alone where this version does not know it."""
    return _named(DID, word, language)


def _named(names: dict[str, Bilingual], word: str, language: Language) -> str:
    return f"{names[word][language]} ({word})" if word in names else word
