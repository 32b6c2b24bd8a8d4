"""Checks of what a label tells of a person's body or belief (要配慮個人情報)."""

import re

from sekisho.guards.checks import Check

_CONDITION = re.compile(
    "[一-龥ァ-ヴーA-Z0-9]*(?:病|症|炎|がん|ガン|癌|腫|障害|症候群|不全|梗塞|出血|結石|骨折|潰瘍|細動|損傷|後遺症|動脈瘤|剥離|狭窄|解離|閉塞|貧血|難聴|硬化|肥大|疱疹|失調|過敏|中毒|肉腫|腺腫|血腫|欠損|ヘルニア|リウマチ|アレルギー|喘息|血圧|麻痺|依存|透析|手帳|早産|陽性)"
    "|てんかん|うつ|鬱|全盲|弱視|MRSA|COPD|ASD|ALS|ぜんそく|ADHD|HIV|PTSD|妊娠|流産|[一-龥ァ-ヴー]+(?:教徒?|学会|党員?|宗)|ムスリム|クリスチャン|エホバの証人"
)


def condition(text: str) -> float | None:
    """What a label such as 病名 or 信仰 tells of a person: an illness, a disability, a belief."""
    return 0.85 if _CONDITION.match(text) else None


CHECKS: dict[str, Check] = {"condition": condition}
