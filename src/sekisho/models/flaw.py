"""Flaws: the ways in which an upstream's answer can be broken."""

from enum import StrEnum


class Flaw(StrEnum):
    """What `UpstreamBroken` says in `why`: a stable word, never the upstream's own text."""

    NO_RESPONSE = "no_response"  # closed before anything was answered
    CUT_SHORT = "cut_short"  # closed before the body was whole, or the stream before [DONE]
    EXCESS = "excess"  # more bytes than the answer declared
    MALFORMED = "malformed"  # status line, headers, lengths or chunks break RFC 9112
    ENCODED = "encoded"  # compressed, though identity was asked for
    HEADERS_TOO_LARGE = "headers_too_large"
    BODY_TOO_LARGE = "body_too_large"
    ANSWER_TOO_LONG = "answer_too_long"  # a stream of more text than any model gives
    EVENT_TOO_LARGE = "event_too_large"
    NOT_A_STREAM = "not_a_stream"  # status 200, but not text/event-stream
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"  # the first event of a stream is no JSON object
    ERROR_EVENT = "error_event"  # the first event of a stream tells of an error
    NO_EVENT = "no_event"  # [DONE] before any event
