"""The error that says: the ledger is not as it was written."""

from typing import ClassVar

from sekisho.core.errors import LedgerFault
from sekisho.core.language import Bilingual, Language

PARTS: dict[str, Bilingual] = {
    "position": {"ja": "欠番または順序の乱れ", "en": "it is missing or out of order"},
    "statement": {"ja": "記載内容", "en": "its statement"},
    "nodes": {"ja": "木のハッシュ値", "en": "its tree hashes"},
    "exchange": {"ja": "やりとりの番号", "en": "the exchange it is filed under"},
    "head": {"ja": "記録の末尾", "en": "the head of the log"},
    "content": {"ja": "暗号化された内容", "en": "its encrypted content"},
    "erasure": {"ja": "消去の記録がないのに、内容がない", "en": "its content was removed without an erasure record"},
    "file": {"ja": "データベースのファイルの壊れ", "en": "the database file itself is damaged"},
    "key": {
        "ja": "消去の記録があるのに、鍵が残っているか、ありません",
        "en": "its erasure is recorded, yet its key is not as destroyed",
    },
    "checkpoint": {"ja": "署名済みチェックポイントとの不一致", "en": "it contradicts the signed checkpoint"},
}


class LedgerAltered(LedgerFault):
    """An audit or a proof met bytes that are not those that were written. `position` is the first wrong entry."""

    code = "ledger_altered"
    status = 500
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "台帳の記録 {position} が、書かれたときのままではありません({part})。",
        "en": "Entry {position} of the ledger is not as it was written ({part}).",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "台帳のファイルをそのまま保全し、バックアップと比べてください。改変か、ディスクの故障が考えられます。",
        "en": "Keep the files as they are and compare them with a copy: they were changed, or the disk fails.",
    }

    def __init__(self, *, position: int, part: str) -> None:
        self.position = position
        self.part = part
        super().__init__(position=position, part=part)

    def say(self, language: Language) -> str:
        """What is wrong, as a sentence."""
        return self.sentence[language].format(position=self.position, part=PARTS[self.part][language])
