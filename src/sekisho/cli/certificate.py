"""What a certificate of erasure says, in words."""

from sekisho.core.language import Bilingual, Language
from sekisho.core.printable import printable
from sekisho.ledger import erasure
from sekisho.provenance.receipt import Receipt

CERTIFICATE: Bilingual = {
    "ja": "消去証明書: 台帳の管理者は、やりとり {id} について保存していた内容を、{time} に消去したと記録しています。\n"
    "理由: {reason}\n"
    "内容を開く鍵を壊したため、この台帳に残る暗号文は、だれにも読めません。やりとりの記録(台帳の{position}番目)は残ります。",
    "en": "Certificate of erasure: the keeper of this ledger has recorded that what was kept of the exchange {id} was "
    "erased at {time}.\n"
    "Reason: {reason}\n"
    "The key that opens the content was destroyed, so nobody can read it from this ledger any more. The record of the "
    "exchange (entry {position}) stays.",
}
REASONS: dict[str, Bilingual] = {
    "request": {"ja": "請求または管理者の操作による消去", "en": "on request, or by an operator"},
    "retention": {"ja": "保存期間の終了", "en": "the time for which it was kept is over"},
}


def told(verified: Receipt, language: Language) -> list[str]:
    """The sentences for an erasure that has been verified; none for another statement."""
    if verified.get("kind") != erasure.KIND:
        return []
    reason = REASONS.get(str(verified.get("reason")), REASONS["request"])[language]
    members = {name: printable(str(verified.get(name, "?"))) for name in ("id", "time", "position")}
    return [CERTIFICATE[language].format(reason=reason, **members)]
