"""Flaws: the ways in which an upstream's answer can be broken."""

from sekisho.core.language import Told


class Flaw(Told):
    """What `UpstreamBroken` says in `why`: our own words, never the upstream's text."""

    NO_RESPONSE = "no_response", "何も答えずに接続が閉じられました", "the connection was closed before any answer"
    CUT_SHORT = "cut_short", "途中で接続が閉じられました", "the connection was closed before its end"
    EXCESS = "excess", "予告された長さより多くのデータが届きました", "more came than it had announced"
    MALFORMED = "malformed", "HTTPの形になっていません", "it is not well-formed HTTP"
    ENCODED = "encoded", "圧縮されています", "it is compressed, although that was not asked for"
    HEADERS_TOO_LARGE = "headers_too_large", "ヘッダーが大きすぎます", "its headers are too large"
    BODY_TOO_LARGE = "body_too_large", "大きすぎます", "it is too large"
    ANSWER_TOO_LONG = "answer_too_long", "文章が長すぎます", "its text does not come to an end"
    EVENT_TOO_LARGE = "event_too_large", "一度に届いたデータが大きすぎます", "one of its parts is too large"
    NOT_A_STREAM = "not_a_stream", "ストリームで答えていません", "it is not sent as a stream"
    NOT_UTF8 = "not_utf8", "文字コードがUTF-8ではありません", "it is not UTF-8"
    NOT_JSON = "not_json", "届いたデータがJSONではありません", "one of its parts is not JSON"
    ERROR_EVENT = "error_event", "ストリームでエラーが届きました", "an error came in the stream"
    NO_EVENT = "no_event", "中身がありません", "there is nothing in it"
