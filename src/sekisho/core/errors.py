"""Every error that Sekisho raises on purpose, by who can mend it.

    SekishoError
    ├── ConfigurationError    the operator: settings, profiles, guards that do not load      exit code 2
    │   ├── UnknownName (UnknownExchange, in ledger/missing.py) · NameTaken · InvalidName
    │   └── MediaMissing                                in provenance/media/faults.py
    ├── RequestError          the caller: a request that cannot be served as it is           4xx
    │   ├── UnreadableBody · BodyTooLarge · InvalidField · SlowRequest
    │   ├── UnknownKey · ProfileNotAllowed · UnknownModel · UnknownPath · WrongMethod
    │   ├── TooManyRequests · Stopped · NoModel · ContentRefused
    │   ├── ReceiptRejected (provenance/rejected.py) · NothingInside (pipeline/confidential.py)
    │   ├── FileRejected                                in provenance/media/faults.py
    │   │   └── FileUnsupported · FileUnreadable · FileTooLong
    │   ├── KeysRejected (ledger/keychange.py) · ExportRejected (pipeline/exported.py)
    │   └── TextTooLong · UnknownFile · TooManyLookups · LookupUnavailable   in server/lookup_faults.py
    ├── UpstreamError         the model: it cannot be reached, stalls, lies or breaks off     502, 503, 504
    │   ├── UpstreamUnreachable · UpstreamTimeout · UpstreamBroken · UpstreamRefused
    │   └── UpstreamBusy (UpstreamStarting, in models/faults.py)
    ├── Defect                our own: a mistake in Sekisho                                  500
    └── IntegrityError        somebody must look: records, keys or weights are not as they should be
        ├── LedgerFault · AccessFault
        │   └── LedgerAltered                           in ledger/altered.py
        ├── BundleRejected                              in governance/rejected.py
        └── WeightsFault                                in models/faults.py
            └── WeightsMissing · WeightsAltered · WeightsUnwritable

Each class has a stable `code`, a sentence and a hint in both languages, and the HTTP status that callers see.
Sentences are filled from keyword details; details never hold what a user wrote.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import ClassVar

from sekisho.core.language import Language, Told, told
from sekisho.core.phrases import japanese


class SekishoError(Exception):
    """The root. `details` fill the sentences: texts (phrases_ja.yaml has the Japanese), one a language, or a `Told`.

    `str(error)` is English. `exchange` is the id of the recorded exchange that failed so, empty where there is none.
    """

    code: ClassVar[str] = "fault"
    status: int = 500
    sentence: ClassVar[dict[Language, str]]
    hint: ClassVar[dict[Language, str]]

    def __init__(self, **details: object) -> None:
        self._given = details
        self.details = {name: one if isinstance(one, Told) else told(one, "en") for name, one in details.items()}
        self.exchange = ""
        super().__init__(self.say("en"))

    def say(self, language: Language) -> str:
        """What went wrong, as a sentence."""
        return self.sentence[language].format_map(self._spoken(language))

    def advise(self, language: Language) -> str:
        """What can be done about it, as a sentence."""
        return self.hint[language].format_map(self._spoken(language))

    def _spoken(self, language: Language) -> dict[str, str]:
        said = {name: told(value, language) for name, value in self._given.items()}
        return {name: japanese(value) for name, value in said.items()} if language == "ja" else said


class ConfigurationError(SekishoError):
    """Settings, a profile or a plugin cannot be used. `where` names file, line and column."""

    code = "configuration"
    sentence = {"ja": "{where}: {what}", "en": "{where}: {what}"}
    hint = {"ja": "示された箇所を直して、もう一度実行してください。", "en": "Correct the place shown and run it again."}


class UnknownName(ConfigurationError):
    """A command names something that does not exist. `near` lists what does, the likeliest first."""

    code = "unknown_name"
    sentence = {"ja": "「{name}」という名前のものはありません。", "en": "There is nothing called “{name}”."}
    hint = {"ja": "名前を確かめてください。候補: {near}", "en": "Check the name. There is: {near}"}

    @classmethod
    def among(cls, name: str, known: Sequence[str]) -> "UnknownName":
        """The error that tells those of `known` whose names are near; some of them where none is."""
        near = get_close_matches(name, known, n=5, cutoff=0.4) or known[:8]
        return cls(name=name[:80], near=", ".join(near) or "–")


class NameTaken(ConfigurationError):
    """Something of this name exists already. `name` is it."""

    code = "name_taken"
    sentence = {"ja": "「{name}」という名前はすでに使われています。", "en": "The name “{name}” is already in use."}
    hint = {
        "ja": "別の名前を使うか、先に今のものを取り消してください。",
        "en": "Use another name, or revoke the present one first.",
    }


class InvalidName(ConfigurationError):
    """A name that records and lists could not show clearly. `name` is shortened and escaped."""

    code = "invalid_name"
    sentence = {"ja": "{name} は名前として使えません。", "en": "{name} cannot be used as a name."}
    hint = {
        "ja": "文字か数字で始まる64文字以内の名前にしてください。ほかに使える記号は . _ - です。",
        "en": "Use at most 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit.",
    }


class RequestError(SekishoError):
    """The caller can mend it."""

    code = "invalid_request"
    status = 400


class UnreadableBody(RequestError):
    """The body is not JSON, not UTF-8, or not an object. `why` says where it breaks."""

    code = "unreadable_body"
    sentence = {
        "ja": "リクエストの本文をJSONとして読めません({why})。",
        "en": "The request body cannot be read as JSON ({why}).",
    }
    hint = {"ja": "UTF-8のJSONオブジェクトを送ってください。", "en": "Send a JSON object in UTF-8."}


class BodyTooLarge(RequestError):
    """The body is longer than the limit. `limit` in bytes."""

    code = "body_too_large"
    status = 413
    sentence = {
        "ja": "リクエストの本文が上限({limit}バイト)を超えています。",
        "en": "The request body exceeds the limit of {limit} bytes.",
    }
    hint = {
        "ja": "文章を短くするか、分けて送ってください。上限は設定 limits.body_bytes で変えられます。",
        "en": "Send less text, or send it in parts. The operator sets the limit in limits.body_bytes.",
    }


class InvalidField(RequestError):
    """A field has the wrong type or value. `field` is its path, `expected` what belongs there."""

    code = "invalid_field"
    sentence = {
        "ja": "項目 {field} が正しくありません。必要な値: {expected}",
        "en": "The field {field} is not valid; expected {expected}.",
    }
    hint = {"ja": "APIの説明に合わせて値を直してください。", "en": "Correct the value as the API describes it."}


class ContentRefused(RequestError):
    """The profile refuses what an image or speech was asked for with. `notice` says why, in the caller's language."""

    code = "content_policy_violation"
    sentence = {"ja": "{notice}", "en": "{notice}"}
    hint = {"ja": "内容を変えて、もう一度お試しください。", "en": "Change what you ask for and try again."}


class SlowRequest(RequestError):
    """The body did not arrive in time. `limit` in seconds."""

    code = "slow_request"
    status = 408
    sentence = {
        "ja": "リクエストの本文が{limit}秒以内に届きませんでした。",
        "en": "The request body did not arrive within {limit} seconds.",
    }
    hint = {"ja": "接続を確かめて、もう一度送ってください。", "en": "Check the connection and send it again."}


class UnknownKey(RequestError):
    """No key, or one that does not exist or was revoked; which of them is not told."""

    code = "unknown_key"
    status = 401
    sentence = {"ja": "有効なAPIキーがありません。", "en": "No valid API key was given."}
    hint = {
        "ja": "ヘッダー Authorization: Bearer キー を付けてください。キーは sekisho key create で作れます。",
        "en": "Send the header Authorization: Bearer KEY. Keys are made with `sekisho key create`.",
    }


class ProfileNotAllowed(RequestError):
    """The key may not use the profile that was asked for. `profile` is its name."""

    code = "profile_not_allowed"
    status = 403
    sentence = {
        "ja": "このキーではプロファイル「{profile}」を使えません。",
        "en": "This key may not use the profile “{profile}”.",
    }
    hint = {
        "ja": "ヘッダー Sekisho-Profile を外すか、管理者に相談してください。",
        "en": "Leave out the header Sekisho-Profile, or ask the operator.",
    }


class UnknownModel(RequestError):
    """The model does not exist, or the profile does not allow it. `model` is bounded in length."""

    code = "model_not_found"
    status = 404
    sentence = {
        "ja": "モデル「{model}」は、このプロファイルでは使えません。",
        "en": "The model “{model}” is not available in this profile.",
    }
    hint = {
        "ja": "GET /v1/models で使えるモデルを確かめてください。",
        "en": "See GET /v1/models for the models that are available.",
    }


class UnknownPath(RequestError):
    """There is nothing at this path."""

    code = "not_found"
    status = 404
    sentence = {"ja": "このアドレスには何もありません。", "en": "There is nothing at this address."}
    hint = {
        "ja": "/v1 の下で使えるもの: chat/completions, models, images/generations, audio/speech, check, verify",
        "en": "Available under /v1: chat/completions, models, images/generations, audio/speech, check, verify.",
    }


class WrongMethod(RequestError):
    """The path exists but not with this method. `allowed` lists those that work."""

    code = "method_not_allowed"
    status = 405
    sentence = {"ja": "このアドレスでは {allowed} を使ってください。", "en": "Use {allowed} at this address."}
    hint = {"ja": "HTTPメソッドを変えてください。", "en": "Change the HTTP method."}


class TooManyRequests(RequestError):
    """A limit of the key is reached. `limit` names it, `retry_s` says when to come back."""

    code = "rate_limit_exceeded"
    status = 429
    sentence = {"ja": "このキーの上限({limit})に達しました。", "en": "This key has reached its limit ({limit})."}
    hint = {
        "ja": "{retry_s}秒ほど待って、もう一度送ってください。",
        "en": "Wait about {retry_s} seconds and send it again.",
    }


class Stopped(RequestError):
    """The operator's stop switch is on for this model, profile or everything. `what` names it."""

    code = "stopped"
    status = 503
    sentence = {"ja": "「{what}」は、管理者が停止しています。", "en": "“{what}” has been stopped by the operator."}
    hint = {"ja": "再開されるまでお待ちください。", "en": "Wait until it is started again."}


class UpstreamError(SekishoError):
    """The model behind us failed. Its own words are logged by kind only and never passed on."""

    code = "upstream"
    status = 502


class UpstreamUnreachable(UpstreamError):
    """No connection could be made. `model` is its configured name."""

    code = "upstream_unreachable"
    sentence = {"ja": "モデル「{model}」に接続できません。", "en": "The model “{model}” cannot be reached."}
    hint = {
        "ja": "モデルのサーバーが動いているか、アドレスが正しいかを確かめてください。",
        "en": "Check that the model's server runs and that its address is right.",
    }


class UpstreamTimeout(UpstreamError):
    """The model took too long. `phase` is a `Phase`, `limit` in seconds."""

    code = "upstream_timeout"
    status = 504
    sentence = {
        "ja": "モデル「{model}」が時間内に応答しませんでした({phase}の待ち時間は{limit}秒までです)。",
        "en": "The model “{model}” did not answer in time: {limit} seconds passed {phase}.",
    }
    hint = {"ja": "しばらく待って、もう一度お試しください。", "en": "Wait a little and try again."}


class UpstreamBroken(UpstreamError):
    """The model's answer breaks off or is not what the protocol promises. `why` says how."""

    code = "upstream_broken"
    sentence = {
        "ja": "モデル「{model}」の応答が壊れています({why})。",
        "en": "The answer of the model “{model}” is broken ({why}).",
    }
    hint = {
        "ja": "もう一度お試しください。続くときは、管理者に連絡してください。",
        "en": "Try again. If it keeps happening, tell the operator.",
    }


class UpstreamRefused(UpstreamError):
    """The model's server answered with an error status. `status_code` is what it said.

    `retry_s` is its `Retry-After` in seconds, None where it gave none.
    400, 404, 413, 422 and 429 go on to the caller, who can mend them; everything else becomes 502.
    """

    code = "upstream_refused"
    sentence = {
        "ja": "モデル「{model}」のサーバーがエラー({status_code})を返しました。",
        "en": "The server of the model “{model}” answered with an error ({status_code}).",
    }
    hint = {
        "ja": "リクエストの内容か、モデルの設定を確かめてください。",
        "en": "Check the request, or the configuration of the model.",
    }

    def __init__(self, *, model: str, status_code: int, retry_s: float | None = None) -> None:
        super().__init__(model=model, status_code=status_code)
        self.status_code = status_code
        self.retry_s = retry_s
        if status_code in (400, 404, 413, 422, 429):
            self.status = status_code


class UpstreamBusy(UpstreamError):
    """The model has no free place, or its circuit breaker is open. `retry_s` says when to come back."""

    code = "upstream_busy"
    status = 503
    sentence = {
        "ja": "モデル「{model}」は今、受け付けられません。",
        "en": "The model “{model}” cannot take a request now.",
    }
    hint = {
        "ja": "{retry_s}秒ほど待って、もう一度お試しください。",
        "en": "Wait about {retry_s} seconds and try again.",
    }


class Defect(SekishoError):
    """Something that must not happen did. `kind` is the exception's name; its words may hold texts and are not told."""

    code = "defect"
    status = 500
    sentence = {"ja": "関所の内部でエラーが起きました({kind})。", "en": "Something went wrong inside Sekisho ({kind})."}
    hint = {
        "ja": "もう一度お試しください。続くときは、管理者に連絡してください。",
        "en": "Please try again. If it happens again, tell the operator.",
    }


class NoModel(RequestError):
    """There is no model behind the checkpoint, so that it can only check and explain."""

    code = "no_model"
    status = 503
    sentence = {"ja": "使えるモデルがまだありません。", "en": "There is no model to ask yet."}
    hint = {
        "ja": "設定 sekisho.yaml の models にモデルを書くか、sekisho model install で内蔵モデルを入れてください。",
        "en": "Name a model under `models` in sekisho.yaml, or install the embedded one with `sekisho model install`.",
    }


class IntegrityError(SekishoError):
    """Something is not what it should be; serving on would hide it."""

    code = "integrity"
    status = 500


class LedgerFault(IntegrityError):
    """The record cannot be written or does not verify. `why` says how."""

    code = "ledger_fault"
    status = 503
    sentence = {
        "ja": "記録を残せないため、応答をお渡しできません({why})。",
        "en": "The answer is withheld because it cannot be recorded ({why}).",
    }
    hint = {"ja": "管理者に連絡してください。", "en": "Tell the operator."}


class AccessFault(IntegrityError):
    """The table of keys and stops (access.sqlite) is damaged or cannot be read. `why` says how."""

    code = "access_fault"
    status = 503
    sentence = {
        "ja": "APIキーと停止の記録を使えません({why})。",
        "en": "The table of API keys and stops cannot be used ({why}).",
    }
    hint = {
        "ja": "管理者に連絡してください。access.sqlite をバックアップから戻すか、移動してキーを作り直せば直ります。",
        "en": "Tell the operator: access.sqlite must be restored from a copy, or moved away and the keys made again.",
    }
