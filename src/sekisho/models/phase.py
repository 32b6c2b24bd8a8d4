"""Phases: the stretches of an exchange with an upstream that each have their time."""

from sekisho.core.language import Told


class Phase(Told):
    """What `UpstreamTimeout` says in `phase`: the field of `sekisho.core.settings.Timeouts` whose time is over."""

    CONNECT = "connect", "接続", "before it took the connection"
    FIRST_TOKEN = "first_token", "最初の応答", "before its answer began"
    BETWEEN_TOKENS = "between_tokens", "続きの応答", "without more of its answer"
    TOTAL = "total", "応答全体", "before its answer was complete"
