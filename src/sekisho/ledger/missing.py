"""What is asked of the ledger and not there."""

from typing import ClassVar

from sekisho.core.errors import UnknownName
from sekisho.core.language import Language


class UnknownExchange(UnknownName):
    """A command names an exchange that is not in the ledger. `name` is the number that was given."""

    code = "unknown_exchange"
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "番号「{name}」のやりとりは、台帳にありません。",
        "en": "The ledger has no exchange “{name}”.",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "応答のヘッダー Sekisho-Exchange にある、26文字の番号を確かめてください。",
        "en": "Check the number, 26 characters in the header Sekisho-Exchange of the answer.",
    }
