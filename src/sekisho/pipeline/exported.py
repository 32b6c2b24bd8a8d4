"""An exchange as a file: all that is needed to run it again, bound by the proof that its statement is in the ledger."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, cast

import msgspec

from sekisho import __version__
from sekisho.core.errors import RequestError, SekishoError
from sekisho.core.exchange import Stage
from sekisho.core.language import Bilingual, Language
from sekisho.core.located import parse
from sekisho.ledger.note import VerifierKey
from sekisho.ledger.proof import Proof
from sekisho.pipeline import media, request
from sekisho.policy.document import profile_of
from sekisho.policy.profile import Profile
from sekisho.provenance import receipt
from sekisho.provenance.comparison import unlike
from sekisho.provenance.receipt import Receipt
from sekisho.provenance.statement import canonical

LONGEST = 64_000_000  # bytes of a file

REASONS: dict[str, Bilingual] = {
    "form": {"ja": "書き出したファイルの形式ではありません", "en": "it does not have the form of an export"},
    "kind": {"ja": "やりとりの記録ではありません", "en": "its statement is not that of an exchange"},
    "request": {"ja": "リクエストが記録と一致しません", "en": "the request is not the one of the record"},
    "answer": {"ja": "応答が記録と一致しません", "en": "the answer is not the one of the record"},
    "profile": {"ja": "プロファイルが記録と一致しません", "en": "the profile is not the one of the record"},
    "weights": {"ja": "モデルのファイルが記録と一致しません", "en": "the model's file is not the one of the record"},
    "details": {
        "ja": "パラメーターか資料の一覧が、リクエストと一致しません",
        "en": "parameters or sources are not those of the request",
    },
    "content": {"ja": "リクエストと応答が含まれていません", "en": "it holds neither request nor answer"},
}


NOTHING_KEPT: Bilingual = {
    "ja": "もう一度実行できるのは、内容が台帳に残っていて、内容ごと書き出したやりとりだけです。",
    "en": "Only an exchange whose content the ledger still keeps, and that was exported with it, can be run again.",
}


class ExportRejected(RequestError):
    """A file that `sekisho exchange export` wrote was changed, or lacks what is asked of it."""

    code = "export_rejected"
    sentence: ClassVar[dict[Language, str]] = {
        "ja": "書き出したやりとりを使えません({reason})。",
        "en": "The exported exchange cannot be used ({reason}).",
    }
    hint: ClassVar[dict[Language, str]] = {
        "ja": "sekisho exchange export で、もう一度書き出してください。",
        "en": "Export it again with sekisho exchange export.",
    }

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(reason=reason)

    def say(self, language: Language) -> str:
        """Why it was rejected, as a sentence."""
        return self.sentence[language].format(reason=REASONS[self.reason][language])

    def advise(self, language: Language) -> str:
        """What can be done about it; of content that is not there, what it would take."""
        return (NOTHING_KEPT if self.reason == "content" else self.hint)[language]


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was said: JSON texts, byte for byte as they were digested, and the salt of the digests in hexadecimal."""

    salt: str
    request: str
    answer: str


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document or tool result of the request: where it stands, and its salted SHA-256 in hexadecimal."""

    path: str
    author: str
    digest: str


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file, version 1. As canonical JSON (RFC 8785) it has one spelling.

    Attributes:
        sekisho: version of the program that wrote it.
        log: public key of the ledger, `name+hash+base64`; who checks uses a key from elsewhere.
        proof: a C2SP tlog-proof that holds the statement.
        weights: SHA-256 of the model's file in hexadecimal: as stated, or as known when this was written; or empty.
        profile: the profile's file, or empty where the present one has another digest than the statement's.
        parameters: numbers and truth values of the request's top level as they were written, by name.
        content: None where it was not kept, is erased, or was not to be exported.
    """

    kind: Literal["sekisho-exchange"]
    v: Literal[1]
    sekisho: str
    log: str
    proof: str
    weights: str
    profile: str
    parameters: dict[str, str]
    sources: list[Source]
    content: Content | None = None

    @property
    def encoded(self) -> bytes:
        """The file's bytes."""
        return canonical(cast("dict[str, Any]", msgspec.to_builtins(self)))


class Kept(msgspec.Struct, frozen=True):
    """What the ledger keeps of an exchange."""

    salt: str
    request: msgspec.Raw
    answer: msgspec.Raw

    @property
    def content(self) -> Content:
        """As text."""
        return Content(self.salt, bytes(self.request).decode(), bytes(self.answer).decode())


def export(proof: Proof, log: VerifierKey, kept: bytes | None, *, profile: str, weights: str, whole: bool) -> Export:
    """The file of an exchange.

    `proof` holds the statement, and `kept` is what `Ledger.content` gives. The text of the profile's file is left out
    where it is not the one that the statement names; `weights` counts where the statement names none. Unless `whole`,
    request, answer and salt are left out.
    """
    content = None if kept is None else msgspec.json.decode(kept, type=Kept).content
    parameters, sources = ({}, []) if content is None else _details(content)
    statement = msgspec.json.decode(proof.extra or b"{}")
    return Export(
        kind="sekisho-exchange",
        v=1,
        sekisho=__version__,
        log=str(log),
        proof=proof.text,
        weights=_weights(statement) or weights,
        profile=profile if _digest(profile) == statement.get("policy") else "",
        parameters=parameters,
        sources=sources,
        content=content if whole else None,
    )


def read(raw: bytes) -> Export:
    """Reads a file; verifies nothing. Raises `ExportRejected` for anything that is not spelled as `encoded` would."""
    try:
        told = msgspec.json.decode(raw, type=Export) if len(raw) <= LONGEST else None
        if told is None or told.encoded != raw:
            raise ExportRejected(reason="form")
    except (msgspec.DecodeError, ValueError) as fault:
        raise ExportRejected(reason="form") from fault
    return told


def verify(told: Export, key: VerifierKey) -> Receipt:
    """What the ledger of `key` states of the exchange. Raises `ReceiptRejected` or `ExportRejected`.

    1. The proof proves the statement, and that is one of an exchange.
    2. Request and answer, where there are any, are those of its salted digests.
    3. The profile, where there is one, has the digest that it names; so have the weights, if it names any.
    4. Parameters and sources are those of the request. Without it, nothing binds them.
    """
    # 1. Statement
    try:
        proof = Proof.parse(told.proof)
    except ValueError as fault:
        raise ExportRejected(reason="form") from fault
    stated = receipt.proven(proof.extra or b"", proof, key)
    if stated.get("kind") != "exchange":
        raise ExportRejected(reason="kind")
    # 2. Content
    content = told.content
    if content is not None:
        _bound(stated, content)
    # 3. Profile
    if told.profile and _digest(told.profile) != stated.get("policy"):
        raise ExportRejected(reason="profile")
    if _weights(stated) not in ("", told.weights):
        raise ExportRejected(reason="weights")
    # 4. Details
    if content is not None and (told.parameters, told.sources) != _details(content):
        raise ExportRejected(reason="details")
    return stated


def profile_in(told: Export) -> Profile | None:
    """The profile in the file; None where there is none."""
    return profile_of(parse(told.profile, "profile")) if told.profile else None


def salted(salt: str, text: bytes) -> str:
    """Salted SHA-256 in hexadecimal."""
    return hashlib.sha256(bytes.fromhex(salt) + text).hexdigest()


def _bound(stated: Mapping[str, Any], content: Content) -> None:
    try:
        other = unlike(stated, bytes.fromhex(content.salt), content.request.encode(), content.answer.encode())
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise ExportRejected(reason="form") from fault
    if other:
        raise ExportRejected(reason=other)


def _weights(stated: Mapping[str, Any]) -> str:
    """SHA-256 of the model's file in hexadecimal; empty where the statement names none."""
    named = stated.get("weights")
    return base64.urlsafe_b64decode(named + "=").hex() if isinstance(named, str) and len(named) == 43 else ""


def _digest(profile: str) -> str:
    """Empty for a text that is no profile."""
    try:
        return profile_of(parse(profile, "profile")).digest if profile else ""
    except SekishoError:
        return ""


def _details(content: Content) -> tuple[dict[str, str], list[Source]]:
    body = request.decoded(content.request.encode())
    members = msgspec.json.decode(content.request, type=dict[str, msgspec.Raw])
    written = {name: bytes(value).decode() for name, value in members.items()}
    plain = {name: text for name, text in written.items() if isinstance(body[name], bool | int | float)}
    if media.path_of(body):  # a prompt, and no sources
        return plain, []
    asked = request.read(content.request.encode())
    sources = [
        Source(
            "/".join(map(str, one.path)), one.author, salted(content.salt, one.text.encode("utf-8", "surrogatepass"))
        )
        for one in asked.messages
        if one.stage is Stage.SOURCE
    ]
    return plain, sources
