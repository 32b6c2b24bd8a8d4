"""What the client of sekisho.models costs: processor time per request and per streamed event.

    python bench/upstream.py [--seconds 3] [--connections 32]

Asks a mock server in a process of its own over loopback: nginx with a static answer where it is installed, else a few
lines of asyncio on uvloop. The prompt is about 2 KB of Japanese, the answer about 1 KB; a stream has 62 events. The
figure is the processor time (user and system) of the client's process alone, kernel work for its sockets included,
so a slow mock does not count. Medians of five rounds. Beside it stands the floor: the same bytes sent and received on
the same loop without any HTTP, so the difference is what our Python adds.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from sekisho.core.settings import Model
from sekisho.models import Models
from sekisho.models.sse import EventParser

PROMPT = "市民窓口への質問です。転入届に必要な書類と受付時間を教えてください。" * 20
ANSWER = "転入届には、転出証明書と本人確認書類が必要です。" * 14
EVENTS = 62
BODY = {"model": "m", "messages": [{"role": "user", "content": PROMPT}]}


def completion() -> bytes:
    message = {"role": "assistant", "content": ANSWER}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    return json.dumps({"id": "c", "object": "chat.completion", "choices": choices}, ensure_ascii=False).encode()


def stream() -> bytes:
    delta = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    frames = [{**delta, "choices": [{"index": 0, "delta": {"content": "書類が"}}]} for _ in range(EVENTS - 1)]
    lines = [*(json.dumps(frame, ensure_ascii=False) for frame in frames), "[DONE]"]
    return "".join(f"data: {line}\n\n" for line in lines).encode()


class Mock(asyncio.Protocol):
    """Answers each request, read as far as needed to find its end, with bytes made beforehand."""

    whole = b"HTTP/1.1 200 OK\r\nServer: mock\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        len(completion()),
        completion(),
    )
    streamed = (
        b"HTTP/1.1 200 OK\r\nServer: mock\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%x\r\n%b\n\n\r\n" % (len(e) + 2, e) for e in stream().split(b"\n\n")[:-1])
        + b"0\r\n\r\n"
    )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer = transport, b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if end and len(rest) >= int(head.partition(b"Content-Length: ")[2].partition(b"\r")[0]):
            self.transport.write(self.streamed if b'"stream":true' in rest[-40:] else self.whole)
            self.buffer = b""


def serve(port: "multiprocessing.Queue[int]") -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Mock, "127.0.0.1", 0, backlog=1024)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


NGINX = """daemon off; worker_processes 1; pid {home}/pid; error_log {home}/log;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{port}; error_page 405 =200 $uri;
    location /v1/ {{ default_type application/json; alias {home}/whole/; }}
    location /s/ {{ default_type text/event-stream; alias {home}/stream/; }} }} }}"""


def nginx(home: Path, port: int) -> "subprocess.Popen[bytes]":
    for name, content in (("whole", completion()), ("stream", stream())):
        (home / name / "chat").mkdir(parents=True)
        (home / name / "chat" / "completions").write_bytes(content)
    (home / "conf").write_text(NGINX.format(home=home, port=port))
    # Its worker must read a directory that belongs to whoever runs this.
    user = ["-g", "user root;"] if os.geteuid() == 0 else []
    process = subprocess.Popen(["nginx", "-p", str(home), "-c", str(home / "conf"), *user])
    time.sleep(0.5)
    return process


class Floor(asyncio.Protocol):
    """Sends and receives the same bytes and does nothing else."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += len(data)
        if self.got >= self.wanted:
            self.waiter.set_result(None)

    def ask(self, request: bytes, wanted: int) -> "asyncio.Future[None]":
        self.got, self.wanted, self.waiter = 0, wanted, asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.waiter


async def measure(one: Callable[[int], Awaitable[object]], connections: int, seconds: float) -> tuple[float, float]:
    """Microseconds of processor time per call, and calls per second: medians of five rounds."""
    costs, rates = [], []
    for _ in range(5):
        calls = 0
        end = time.perf_counter() + seconds / 5

        async def work(number: int, end: float = end) -> None:
            nonlocal calls
            while time.perf_counter() < end:
                await one(number)
                calls += 1

        start, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(work(number) for number in range(connections)))
        costs.append((time.process_time() - cpu) / calls * 1e6)
        rates.append(calls / (time.perf_counter() - start))
    return statistics.median(costs), statistics.median(rates)


async def bench(port: int, streams: str, connections: int, seconds: float) -> None:
    base = f"http://127.0.0.1:{port}"
    settings = {"m": Model(url=f"{base}/v1"), "s": Model(url=f"{base}{streams}", model="m")}
    models = Models(settings, environ={})

    async def one(_: int) -> None:
        await models.complete(["m"], BODY)

    async def streamed(_: int) -> None:
        events = 0
        async for batch in await models.stream(["s"], {**BODY, "stream": True}):
            events += len(batch)
        assert events == EVENTS - 1, events

    # The floor needs the mock's own framing, so with nginx its first answer is counted instead of known.
    request = b"POST /v1/chat/completions HTTP/1.1\r\nHost: m\r\nContent-Length: %d\r\n\r\n%b"
    payload = json.dumps(BODY, ensure_ascii=False).encode()
    request %= (len(payload), payload)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    wanted = len(await reader.readuntil(b"\r\n\r\n")) + len(completion())
    writer.close()
    loop = asyncio.get_running_loop()
    bare = [(await loop.create_connection(Floor, "127.0.0.1", port))[1] for _ in range(connections)]
    floor, floor_rate = await measure(lambda number: bare[number].ask(request, wanted), connections, seconds)
    whole, whole_rate = await measure(one, connections, seconds)
    stream_us, stream_rate = await measure(streamed, connections, seconds)
    for protocol in bare:
        protocol.transport.abort()
    await models.close()
    print(f"floor (same bytes, no HTTP)  {floor:7.1f} µs per request  {floor_rate:9,.0f}/s")
    print(f"unstreamed                   {whole:7.1f} µs per request  {whole_rate:9,.0f}/s")
    print(f"  of which above the floor   {whole - floor:7.1f} µs")
    print(f"streamed, {EVENTS} events         {stream_us:7.1f} µs per stream   {stream_rate:9,.0f}/s")
    print(f"                             {stream_us / EVENTS:7.2f} µs per event")


def parser() -> None:
    body, rounds, costs = stream(), 2000, []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(rounds):
            assert len(EventParser().feed(body)) == EVENTS
        costs.append((time.perf_counter() - start) / rounds * 1e6)
    print(f"SSE parser, {EVENTS} events in one read, {len(body):,} bytes: {statistics.median(costs):.1f} µs")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=3.0)
    options.add_argument("--connections", type=int, default=32)
    given = options.parse_args()
    parser()
    if shutil.which("nginx"):
        with tempfile.TemporaryDirectory() as home:
            process = nginx(Path(home), 8798)
            try:
                uvloop.run(bench(8798, "/s", given.connections, given.seconds))
            finally:
                process.terminate()
                process.wait()
        return
    print("nginx is not installed: the mock is asyncio on uvloop", file=sys.stderr)
    context = multiprocessing.get_context("spawn")
    port = context.Queue()
    process = context.Process(target=serve, args=(port,))
    process.start()
    try:
        uvloop.run(bench(port.get(timeout=20), "/v1", given.connections, given.seconds))
    finally:
        process.terminate()
        process.join()


if __name__ == "__main__":
    main()
