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
VERDICTS: dict[str, Bilingual] = {
    "pass": {"ja": "そのまま通した", "en": "passed as it was"},
    "annotate": {"ja": "注意を添えて通した", "en": "passed with a note"},
    "mask": {"ja": "一部を伏せて通した", "en": "passed with parts masked"},
    "replace": {"ja": "決められた文に差し替えた", "en": "replaced by a prepared text"},
    "hold": {"ja": "人の判断が必要なため止めた", "en": "withheld, for a person to judge"},
    "refuse": {"ja": "通さなかった", "en": "not let through"},
}


def kind(word: str, language: Language) -> str:
    """What a kind of entry is called, with its word; the word alone where this version does not know it."""
    return _named(KINDS, word, language)


def verdict(word: str, language: Language) -> str:
    """What a verdict did, with its word; the word alone where this version does not know it."""
    return _named(VERDICTS, word, language)


def _named(names: dict[str, Bilingual], word: str, language: Language) -> str:
    return f"{names[word][language]} ({word})" if word in names else word
