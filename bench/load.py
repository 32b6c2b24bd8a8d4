"""What a server does under load: wrk for rates and delays, a plain socket for the first token.

Every figure is of answers with status 200 that came whole; a run with any other answer is no figure but a fault.
"""

import http.client
import json
import statistics
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from peers import CHAT, Running, Server

PROMPT = "市民窓口への質問です。転入届に必要な書類と受付時間を教えてください。" * 20
PERSONAL = "連絡先は090-1234-5678、hanako.yamada@example.jp、担当は山田花子様です。" + PROMPT[:-60]
ANSWER = "転入届には、転出証明書と本人確認書類が必要です。" * 14
EVENTS = 62
# How answers begin, for the time to the first token: patterns may hold some beginnings until it is clear what follows.
BEGINNINGS = (
    "はい、転入届は市民課の窓口でお出しいただけます。",
    "転入届には、転出証明書と本人確認書類が必要です。",
    "ご質問ありがとうございます。順にご説明します。",
    "以下のように書き直してみました。ご確認ください。",
    "いいえ、その制度は今年度から変わっています。",
    "まず、申請書を窓口かウェブサイトで手に入れます。",
    "会議の要点は三つあります。一つ目は予算です。",
    "結論から言うと、どちらの案でも期限に間に合います。",
    "この文書は、個人情報の取扱いについて定めたものです。",
    "東京都の人口は、およそ千四百万人です。",
    "1. 材料を量ります。\n2. 粉をふるいます。",
    "# 議事録の要約\n\n出席者は八名でした。",
    "```python\ndef total(prices):\n    return sum(prices)",
    "お問い合わせの件について、担当課に確認しました。",
    "申し訳ありませんが、その資料は手元にありません。",
    "それは大変でしたね。少し休まれてはいかがですか。",
    "江戸時代の関所は、人と荷物の出入りを調べる所でした。",
    "明日の天気は晴れで、午後から風が強くなるでしょう。",
    "Yes, you can hand the form in at the front desk.",
    "Here is a shorter version of your paragraph.",
    "The meeting covered three points: budget, staff and dates.",
    "To begin with, open the settings and choose a language.",
    "I'm sorry, but I can't find that file among these.",
    "Photosynthesis turns light, water and carbon dioxide into sugar.",
)
PATIENCE_S = 10  # of a run in which answers take long
SLOW_MS = 200.0

WRK = """
wrk.method = "POST"
wrk.body = [==[@BODY@]==]
@HEADERS@
@EACH@
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("FIGURES %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.timeout, e.status))
end
"""


# Another question in each request: a number stands in its first sentence.
EACH = """
local before, after = wrk.body:match("^(.-市民)(.*)$")
local number = 0
function request()
  number = number + 1
  return wrk.format(nil, nil, nil, before .. string.format("%07d番", number) .. after)
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """One run of wrk.

    Attributes:
        median_ms, p99_ms: from the request's first byte sent to the answer's last byte received.
        processor_us: processor time of the server per request, user and system; 0 where it was not asked.
    """

    requests: int
    duration_s: float
    median_ms: float
    p99_ms: float
    processor_us: float

    @property
    def per_s(self) -> float:
        """Whole answers per second."""
        return self.requests / self.duration_s

    @property
    def per_processor_s(self) -> float:
        """Whole answers per second of the server's processor time."""
        return 1e6 / self.processor_us if self.processor_us else 0.0

    @property
    def busy(self) -> float:
        """The part of one core that the server used, [0, 1] where it is pinned to one."""
        return self.per_s * self.processor_us / 1e6


def answer(text: str = ANSWER) -> tuple[bytes, bytes]:
    """The mock's answer, about 1 KB of text: whole, and streamed."""
    return completion(text), b"".join(frames(text))


def completion(text: str) -> bytes:
    """The mock's whole answer."""
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    usage = {"prompt_tokens": 480, "completion_tokens": 240, "total_tokens": 720}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "mock"}
    return json.dumps({**head, "choices": choices, "usage": usage}, ensure_ascii=False).encode()


def frames(text: str = ANSWER, pieces: int = EVENTS - 2) -> list[bytes]:
    """The mock's streamed answer as events: the text in `pieces`, the finish reason, and `[DONE]`."""
    cuts = [len(text) * number // pieces for number in range(pieces + 1)]
    deltas = [{"content": text[start:end]} for start, end in pairwise(cuts)]
    deltas[0]["role"] = "assistant"
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "stream"}
    chunks = [{**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    lines = [json.dumps(chunk, ensure_ascii=False).encode() for chunk in chunks]
    return [b"data: %b\n\n" % line for line in (*lines, b"[DONE]")]


def check(server: Server, question: str, *, stream: bool = True) -> None:
    """Raises `RuntimeError` unless the server passes on the mock's answer whole, and streamed as well if `stream`."""
    status, text = post(server, question, stream=False)
    if status != 200 or ANSWER not in text:
        raise RuntimeError(f"{server.name} does not pass on the answer: {status} {text[:600]}")
    if not stream:
        return
    status, text = post(server, question, stream=True)
    if status != 200 or spoken(text) != ANSWER or "[DONE]" not in text:
        raise RuntimeError(f"{server.name} does not pass on the stream: {status} {text[:600]}")


def spoken(events: str) -> str:
    """The content of a stream of events."""
    parts: list[str] = []
    for line in events.splitlines():
        if line.startswith("data:") and "[DONE]" not in line:
            choices = json.loads(line[5:]).get("choices") or []
            parts.extend((choice.get("delta") or {}).get("content") or "" for choice in choices)
    return "".join(parts)


def payload(server: Server, question: str, *, stream: bool) -> tuple[str, str, Mapping[str, str]]:
    """Path, body and headers of a chat request to this server."""
    own = server.stream_body if stream else server.body
    body = json.dumps({**own, "messages": [{"role": "user", "content": question}]}, ensure_ascii=False)
    headers = server.stream_headers if stream and server.stream_headers is not None else server.headers
    return server.stream_path if stream else server.path, body, {"Content-Type": "application/json", **headers}


def post(server: Server, question: str, *, stream: bool) -> tuple[int, str]:
    """One chat request on a connection of its own."""
    path, body, headers = payload(server, question, stream=stream)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", path, body.encode(), dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Shot:
    """What wrk shall do. `core`: the processor wrk itself is pinned to. `fresh`: every question is another.

    `each` is Lua that makes the questions, in place of `fresh`.
    """

    question: str
    connections: int
    seconds: int
    stream: bool = False
    core: int | None = None
    fresh: bool = False
    each: str = ""


def shoot(running: Running, shot: Shot, run: Path) -> Load:
    """One run of wrk. Raises `RuntimeError` when an answer was not 200 or did not come."""
    path, body, headers = payload(running.server, shot.question, stream=shot.stream)
    lines = "\n".join(f'wrk.headers["{name}"] = [==[{value}]==]' for name, value in headers.items())
    script = run / "wrk.lua"
    each = shot.each or (EACH if shot.fresh else "")
    script.write_text(WRK.replace("@BODY@", body).replace("@HEADERS@", lines).replace("@EACH@", each))
    url = f"http://127.0.0.1:{running.server.port}{path}"
    pinned = ["taskset", "-c", str(shot.core)] if shot.core is not None else []
    command = [*pinned, "wrk", "-t1", f"-c{shot.connections}", f"-d{shot.seconds}s", "--timeout", "30s"]
    before = running.processor_s()
    done = subprocess.run(
        [*command, "-s", str(script), url], capture_output=True, text=True, timeout=shot.seconds + 60, check=False
    )
    spent_s = running.processor_s() - before
    figures = next((line.split()[1:] for line in done.stdout.splitlines() if line.startswith("FIGURES")), None)
    if figures is None:
        raise RuntimeError(f"wrk: {done.stdout[-400:]}{done.stderr[-400:]}")
    requests, micros, median, p99, broken, refused = (int(figure) for figure in figures)
    if not requests and not broken and not refused:
        if shot.seconds >= PATIENCE_S:
            raise RuntimeError(f"{running.server.name}: no answer in {shot.seconds} s")
        return shoot(running, replace(shot, seconds=PATIENCE_S), run)
    if broken or refused:
        raise RuntimeError(f"{running.server.name}: {requests} answers, {broken} broken off, {refused} not 200")
    return Load(requests, micros / 1e6, median / 1e3, p99 / 1e3, spent_s / requests * 1e6)


def tokens_ms(server: Server, question: str) -> tuple[float, float]:
    """When the first two events that have content came, in milliseconds from sending a streamed request."""
    body = json.dumps({"model": "slow", "stream": True, "messages": [{"role": "user", "content": question}]})
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    times_ms: list[float] = []
    try:
        connection.connect()
        begin = time.perf_counter()
        connection.request("POST", CHAT, body.encode(), {"Content-Type": "application/json", **server.headers})
        answer = connection.getresponse()
        while line := answer.readline():
            if line.startswith(b"data:") and spoken(line.decode()):
                times_ms.append((time.perf_counter() - begin) * 1e3)
            if len(times_ms) == 2:
                return times_ms[0], times_ms[1]
    finally:
        connection.close()
    raise RuntimeError(f"{server.name} sent no two pieces of content")


def medians(loads: list[Load]) -> Load:
    """The median of each figure."""
    return Load(
        sum(load.requests for load in loads),
        sum(load.requests for load in loads) / statistics.median(load.per_s for load in loads),
        statistics.median(load.median_ms for load in loads),
        statistics.median(load.p99_ms for load in loads),
        statistics.median(load.processor_us for load in loads),
    )
