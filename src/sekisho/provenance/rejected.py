"""The error that says: this receipt proves nothing."""

from typing import ClassVar

from sekisho.core.errors import RequestError
from sekisho.core.language import Bilingual, Language

REASONS: dict[str, Bilingual] = {
    "form": {"ja": "控えの形式ではありません", "en": "it does not have the form of a receipt"},
    "signature": {"ja": "署名が合いません", "en": "the signature does not fit"},
    "log": {"ja": "台帳にあることの証明が合いません", "en": "the proof that it is in the ledger is not valid"},
    "retired": {
        "ja": "署名した鍵は、そのときにはもう使われていません",
        "en": "its key was no longer in use when it was signed",
    },
    "statement": {"ja": "記載が正規形のJSONではありません", "en": "the statement is not canonical"},
    "opening": {
        "ja": "文章と照らし合わせるための部分が、記載と合いません",
        "en": "the part that texts are compared with does not fit the statement",
    },
}


class ReceiptRejected(RequestError):
    """A receipt does not verify. `reason` is one of the keys of `REASONS`."""

    code = "receipt_rejected"
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "控えを確認できません({reason})。",
        "en": "The receipt does not verify ({reason}).",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "控えが全部コピーされているか、公開鍵が発行元のものかを確かめてください。",
        "en": "Check that the receipt was copied whole, and that the public key is that of its issuer.",
    }

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(reason=reason)

    def say(self, language: Language) -> str:
        """Why it was rejected, as a sentence."""
        return self.sentence[language].format(reason=REASONS[self.reason][language])
