"""The error that says: this bundle does not pass the audit."""

from typing import ClassVar

from sekisho.core.errors import IntegrityError
from sekisho.core.language import Bilingual, Language
from sekisho.ledger.archive import BEHIND
from sekisho.ledger.bundle import MANIFEST

PARTS: dict[str, Bilingual] = {
    "container": {
        "ja": "ここにあるはずのものがないか、余分なバイトがあります",
        "en": "what should stand here is missing, or there are bytes that should not be",
    },
    "manifest": {"ja": "目録が正しい形ではありません", "en": "the manifest is not well-formed"},
    "checkpoint": {
        "ja": "示された公開鍵で署名されたチェックポイントではありません",
        "en": "it is not a checkpoint that the given key has signed for this log",
    },
    "keys": {"ja": "鍵の履歴が合いません", "en": "the history of keys does not fit the given key"},
    "witness": {
        "ja": "この証人の正しい連署がありません",
        "en": "this witness has not cosigned, or its cosignature is wrong",
    },
    "policy": {
        "ja": "文面がそのダイジェストと合いません",
        "en": "the text does not have the digest that it is filed under",
    },
    "entries": {"ja": "記録の区切りが壊れています", "en": "the lengths of its entries do not add up"},
    "canonical": {"ja": "記載が正規形のJSONではありません", "en": "the statement is not canonical JSON"},
    "statement": {
        "ja": "記載に必要な項目がないか、値が正しくありません",
        "en": "the statement lacks what its kind needs, or a value is impossible",
    },
    "id": {"ja": "番号と日時が合いません", "en": "its number and its time do not agree"},
    "twice": {"ja": "同じやりとりが二度記録されています", "en": "the exchange is recorded twice"},
    "erasure": {
        "ja": "記録にない内容、または消去済みの内容の消去です",
        "en": "it is about content that was never recorded there, or was erased before",
    },
    "tile": {"ja": "木のハッシュ値が記載から計算したものと違います", "en": "its hashes do not follow from the entries"},
    "root": {
        "ja": "記録全体が、署名されたルートハッシュと合いません",
        "en": "the entries do not give the root hash that was signed",
    },
    "receipt": {"ja": "控えを確認できません", "en": "the receipt does not verify"},
    "missing": {
        "ja": "この控えの記載は、台帳のその位置にありません",
        "en": "what the receipt states does not stand at its place in this log",
    },
    "contradicts": {
        "ja": "同じやりとりの記録が、この控えの記載と食い違います",
        "en": "the entry of the same exchange contradicts the receipt",
    },
    "later": {
        "ja": "台帳がこの時点まで達していません(記録が減ったか、古い書き出しです)",
        "en": "the log does not reach so far: entries were removed, or the bundle is older than this",
    },
    "earlier": {
        "ja": "台帳がこのチェックポイントの続きになっていません",
        "en": "the log is not a continuation of this checkpoint",
    },
    "seal": {
        "ja": "ファイル全体への署名が合いません(どこかのバイトが変わっています)",
        "en": "the signature over all bytes does not fit: some byte was changed",
    },
}


ALIEN: Bilingual = {
    "ja": "監査用のファイル(sekisho ledger export が書き出すもの)ではありません",
    "en": "it does not begin as a file for auditors does, which sekisho ledger export writes",
}


class BundleRejected(IntegrityError):
    """An audit met something that is not as it was written. `where` names the member, the entry or the file given."""

    code = "bundle_rejected"
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "監査に通りません。{where}: {part}。",
        "en": "The audit fails at {where}: {part}.",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "ファイルをそのまま保全し、台帳の管理者に、もう一度書き出したものを求めて比べてください。",
        "en": "Keep the file as it is, ask the ledger's operator for another export, and compare.",
    }

    def __init__(self, *, part: str, where: str) -> None:
        self.part = part
        self.where = where
        super().__init__(part=part, where=where)

    def say(self, language: Language) -> str:
        """What is wrong, as a sentence."""
        part = ALIEN if (self.part, self.where) == ("container", MANIFEST) else PARTS[self.part]
        return self.sentence[language].format(where=_place(self.where, language), part=part[language])


def _place(where: str, language: Language) -> str:
    """Where it is, in words: members and files that were given have their names."""
    if where == BEHIND:
        return {"ja": "ファイルの終わり", "en": "the end of the file"}[language]
    if where.startswith("#"):
        return {"ja": f"記録 {where[1:]}(0から数えて)", "en": f"entry {where[1:]}, counted from 0"}[language]
    return where
