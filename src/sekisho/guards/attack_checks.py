"""Checks of what the rules for attacks find: an order to the model, or only talk about such orders.

Each takes the text that a rule found, in the normalised view, and returns the score of the finding. Talk about an
order gets `MENTION` and not None: the match then consumes its text, so the order within is not found once more.
"""

import re
from collections.abc import Callable

Check = Callable[[str], float | None]

MENTION = 0.1

_QUOTES = "\"'`“”‘’「」『』"
_TALK_EN = re.compile(
    rf"^(?:not|never|don['’]?t|n['’]t|cannot|can['’]t|(?:should|can|may|must|could) (?:i|we|it|they)|why|how|when|if"
    rf"|mean|means|phrase|string|sentence|says?|called|like|words?)(?: to)? [{_QUOTES}]?(?!follow|obey)"
    rf"|[{_QUOTES}] ?(?:means?|attacks?|works?|do|is an?)$",
    re.IGNORECASE,
)
_TALK_JA = re.compile(
    "(?:て|で)(?:は(?:いけ|なら|だめ|ダメ|駄目|なり)|も|い(?:る|た|な|ま|け)|しま)$"
    f"|ちゃ(?:いけ|だめ|ダメ|駄目)$|[{_QUOTES}](?:と|の|は|を|が|な|に|っ)[^{_QUOTES}]{{0,4}}$"
    "|と(?:いう|いった|言われ|書かれ|指示され|頼まれ|入力され|は|の)$"
)
_FIRM = re.compile("指示|命令|指令|プロンプト|ルール|規則|ガイドライン|制約|インストラクション|安全|倫理")


def order_en(text: str) -> float | None:
    """An English order to set instructions aside; a warning against it or a question about it scores low."""
    return MENTION if _TALK_EN.search(text) else 0.95


def order_ja(text: str) -> float | None:
    """The same in Japanese; orders about settings or the conversation may be harmless, so they score lower."""
    if _TALK_JA.search(text):
        return MENTION
    return 0.95 if _FIRM.search(text) else 0.55


def disguised_order(text: str) -> float | None:
    """The order spelled with digits, signs or gaps in place of letters; plain spelling is another rule's."""
    plain = re.fullmatch(r"[A-Za-z]+(?: [A-Za-z]+)+", text) and not re.search(r"(?:\b[A-Za-z] ){3}", text)
    return None if plain else 0.9


def unbound_model(text: str) -> float | None:
    """An adjective such as "unrestricted" near a word for the model; other things may stand between."""
    return None if re.search(r"\b(?:access|use|water|film|movie|edition|data)\b", text.lower()) else 0.88


def limits_en(text: str) -> float | None:
    """Freedom from limits: of a model in general it is talk, of the one addressed it is an order."""
    words = text.lower()
    moral = re.search(r"ethical|moral|safety|content|censor|polic|guideline|guardrail", words)
    if words.startswith("you") and not words.startswith("you no longer") and not moral and "file" in words:
        return MENTION
    if moral or re.match(r"(?:you|yourself|answer|respond|reply|speak|behave|act)\b", words):
        return 0.88
    return 0.4 if "filters" in words else 0.6


CHECKS: dict[str, Check] = {
    "order_en": order_en,
    "order_ja": order_ja,
    "disguised_order": disguised_order,
    "unbound_model": unbound_model,
    "limits_en": limits_en,
}
