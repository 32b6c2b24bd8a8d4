"""An audit's report in words: what was checked, what is in the log, what is worth a question, what cannot be seen."""

from collections.abc import Iterator, Mapping

from sekisho.core.language import Bilingual, Language
from sekisho.core.printable import printable
from sekisho.governance.clock import LATE_MS, Pause
from sekisho.governance.report import Report
from sekisho.pipeline.identity import timestamp
from sekisho.policy import outcomes

MOST = 20  # of each kind of observation

PASSED: Bilingual = {
    "ja": "監査に通りました。変えられたもの、消されたもの、加えられたもの、順序が変わったものはありません。",
    "en": "The bundle passes the audit: nothing in it was changed, removed, added or moved.",
}
LOG: Bilingual = {
    "ja": "台帳: {origin}\n記録: {size:,} 件(ファイル全体 {read:,} バイト)\nルートハッシュ: {root}",
    "en": "Log: {origin}\nEntries: {size:,} ({read:,} bytes of bundle)\nRoot hash: {root}",
}
CHECKED: Bilingual = {
    "ja": "確認したこと: すべての記載の形式と整合性、すべてのハッシュ値、ルートハッシュとファイル全体への署名、"
    "やりとりが重複していないこと、消去の記録",
    "en": "Checked: form and sense of every entry, every hash, the signatures over root hash and whole file, "
    "that no exchange is recorded twice, and the records of erasures",
}
WITNESSED: Bilingual = {
    "ja": "証人「{witness}」が、{time} に連署しています。",
    "en": "Cosigned by the witness “{witness}” at {time}.",
}
GIVEN: Bilingual = {
    "ja": "渡された控えと証明 {receipts:,} 件、以前のチェックポイント {checkpoints:,} 件は、どれも台帳と合います。",
    "en": "Given and in agreement with the log: receipts and proofs {receipts:,}, earlier checkpoints {checkpoints:,}.",
}
PERIOD: Bilingual = {"ja": "期間: {first} から {last} まで", "en": "From {first} to {last}"}
KINDS: Bilingual = {"ja": "記録の種類", "en": "Kinds of entries"}
VERDICTS: Bilingual = {"ja": "判定ごとのやりとり", "en": "Exchanges by verdict"}
PROFILES: Bilingual = {"ja": "プロファイルごと", "en": "By profile"}
MODELS: Bilingual = {"ja": "モデルごと", "en": "By model"}
NO_MODEL: Bilingual = {"ja": "(モデルに渡らなかったもの)", "en": "(reached no model)"}
NOTICED: Bilingual = {
    "ja": "気づいたこと(それだけで改ざんを意味するものではありません):",
    "en": "Noticed (none of it means by itself that anything was tampered with):",
}
NOTHING: Bilingual = {"ja": "気づいたこと: 特にありません。", "en": "Noticed: nothing unusual."}
PAUSE: Bilingual = {
    "ja": "{since} から {until} まで({length})、記録がありません。いつもより長い空白です(#{position} の前)。",
    "en": "Nothing was recorded from {since} to {until} ({length}), longer than usual (before #{position}).",
}
LONGEST: Bilingual = {
    "ja": "記録の空白で最も長いのは、{since} からの {length} です。",
    "en": "The longest pause is {length}, from {since}.",
}
GAP: Bilingual = {
    "ja": "{since} から {until} まで、記録できない状態で、{lost:,} 件に応答を渡していません(台帳自身の記録)。",
    "en": "From {since} to {until} nothing could be recorded; {lost:,} requests got no answer. The log says so itself.",
}
BACKWARDS: Bilingual = {
    "ja": "{count:,} 件の日時が、それより前の記録より1時間以上古くなっています(最初は #{position}、最大 {length})。"
    "時計が戻されたか、長いやりとりがあったと考えられます。",
    "en": "{count:,} entries have a time more than an hour before that of an earlier entry (first #{position}, at most "
    "{length}): the clock was set back, or exchanges were long.",
}
AHEAD: Bilingual = {
    "ja": "最後の日時 {last} が、証人「{witness}」の連署 {time} より1時間以上後です。時計が進んでいたと考えられます。",
    "en": "The last time, {last}, is over an hour after {time}, when “{witness}” cosigned: a clock ran ahead.",
}
UNKNOWN: Bilingual = {
    "ja": "この版が知らない種類の記録が {count:,} 件あります({kind})。形式とハッシュ値だけを確かめました。",
    "en": "{count:,} entries are of a kind unknown to this version ({kind}); only form and hashes were checked.",
}
UNEXPLAINED: Bilingual = {
    "ja": "プロファイル {digest}(やりとり {count:,} 件)の文面が入っていません。",
    "en": "The text of the policy {digest}, named by {count:,} exchanges, is not in the bundle.",
}
UNFINISHED: Bilingual = {
    "ja": "{file} のリクエストは受け付けましたが、やりとりの記録がありません。途中で切れたか、この書き出しより後です。",
    "en": "The request of {file} was accepted, but its exchange is not recorded: it broke off, or came later.",
}
MORE: Bilingual = {"ja": "ほかに {count:,} 件", "en": "and {count:,} more"}
BLIND: Bilingual = {
    "ja": "この監査では分からないこと:\n"
    "- 関所を通らなかったやりとりと、このチェックポイントより後の記録。\n"
    "- 記載が事実かどうか。日時は管理者の時計のものです。質問と応答の文面は入っていません。\n"
    "{rewritten}",
    "en": "What this audit cannot see:\n"
    "- Exchanges that did not pass the checkpoint, and entries after this signed tree head.\n"
    "- Whether statements are true. Times are those of the operator's clock; questions and answers are not here.\n"
    "{rewritten}",
}
REWRITTEN: Bilingual = {
    "ja": "- 台帳が初めから作り直されていないか。鍵の持ち主にはそれができます。"
    "ほかの人が保管している控え、以前のチェックポイント、証人の連署と突き合わせると分かります。",
    "en": "- Whether the whole log was rewritten, which the holder of the key could do. "
    "Receipts, earlier checkpoints and cosignatures that others keep would show it.",
}
ANCHORED: Bilingual = {
    "ja": "- 証人の連署、渡された控えやチェックポイントより前に、台帳の全体が作り直されていないか。",
    "en": "- Whether the whole log was rewritten before the earliest cosignature, receipt or checkpoint given.",
}


def told(report: Report, language: Language) -> str:
    """The report as lines of text."""
    root, size = report.root, report.size
    lines = [PASSED[language], LOG[language].format(origin=report.origin, size=size, read=report.read, root=root)]
    lines.append(CHECKED[language])
    for witness, time_s in report.witnessed:
        lines.append(WITNESSED[language].format(witness=witness, time=timestamp(time_s * 1000)))
    if report.receipts or report.checkpoints:
        lines.append(GIVEN[language].format(receipts=report.receipts, checkpoints=report.checkpoints))
    lines += ["", *_contents(report, language), ""]
    noticed = list(_noticed(report, language))
    lines += [NOTICED[language], *(f"- {one}" for one in noticed)] if noticed else [NOTHING[language]]
    anchored = report.witnessed or report.receipts or report.checkpoints
    lines += ["", BLIND[language].format(rewritten=(ANCHORED if anchored else REWRITTEN)[language])]
    return "\n".join(lines)


def length(milliseconds: int, language: Language) -> str:
    """A length of time in its two largest units."""
    minutes, hours, days = milliseconds // 60_000, milliseconds // 3_600_000, milliseconds // 86_400_000
    if language == "ja":
        if days:
            return f"{days:,}日{hours % 24}時間"
        return f"{hours}時間{minutes % 60}分" if hours else f"{minutes}分{milliseconds // 1000 % 60}秒"
    if days:
        return f"{days:,} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min {milliseconds // 1000 % 60} s"


def _contents(report: Report, language: Language) -> Iterator[str]:
    if report.first_ms is not None and report.last_ms is not None:
        yield PERIOD[language].format(first=timestamp(report.first_ms), last=timestamp(report.last_ms))
    models = {name or NO_MODEL[language]: count for name, count in report.models.items()}
    kinds = {outcomes.kind(word, language): count for word, count in report.kinds.items()}
    verdicts = {outcomes.verdict(word, language): count for word, count in report.verdicts.items()}
    tables = ((KINDS, kinds), (VERDICTS, verdicts), (PROFILES, report.profiles), (MODELS, models))
    for title, table in tables:
        yield f"{title[language]}: {_table(table)}"
    if report.longest is not None:
        yield _paused(LONGEST, report.longest, language)


def _table(counts: Mapping[str, int]) -> str:
    shown = sorted(((-count, name) for name, count in counts.items() if count))
    told = [f"{_safe(name)} {-count:,}" for count, name in shown[:MOST]]
    return " · ".join(told + (["…"] if len(shown) > MOST else [])) or "0"


def _noticed(report: Report, language: Language) -> Iterator[str]:
    for pause in report.pauses:
        yield _paused(PAUSE, pause, language)
    gaps = [GAP[language].format(since=_safe(one.since), until=one.until, lost=one.lost) for one in report.gaps]
    yield from _some(gaps, language)
    if report.backwards.entries:
        count, position, most_ms = report.backwards
        yield BACKWARDS[language].format(count=count, position=position, length=length(most_ms, language))
    for witness, time_s in report.witnessed:
        if report.last_ms is not None and report.last_ms > time_s * 1000 + LATE_MS:
            last, time = timestamp(report.last_ms), timestamp(time_s * 1000)
            yield AHEAD[language].format(last=last, witness=witness, time=time)
    unknown = [UNKNOWN[language].format(kind=_safe(kind), count=count) for kind, count in report.unknown.items()]
    yield from _some(unknown, language)
    unexplained = [UNEXPLAINED[language].format(digest=one, count=report.policies[one]) for one in report.unexplained]
    yield from _some(unexplained, language)
    yield from _some([UNFINISHED[language].format(file=file) for file in report.unfinished], language)


def _some(lines: list[str], language: Language) -> Iterator[str]:
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield MORE[language].format(count=len(lines) - MOST)


def _paused(sentence: Bilingual, pause: Pause, language: Language) -> str:
    return sentence[language].format(
        since=timestamp(pause.since_ms),
        until=timestamp(pause.until_ms),
        length=length(pause.length_ms, language),
        position=pause.position,
    )


def _safe(name: str) -> str:
    """A name that somebody else wrote, so that it cannot move the cursor of a terminal."""
    return printable(name[:80]) or '""'
