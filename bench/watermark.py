"""The watermark: how surely it is found, how seldom where there is none, and what it costs.

    python bench/watermark.py [--model small|large] [--texts 40] [--threads N] [--spans 4 2] [--human DIRECTORY …]

Answers are drawn by the embedded model as the gateway's child process draws them, with a key of their own each time,
and go through text: what is detected was decoded and split into tokens again. "Edited" replaces so many of the words
(of texts without spaces: of pieces of two characters) by words of other answers. Unmarked texts (what people wrote, and
answers of the same model without a mark) are held against many random keys, windows of 200 tokens each. Cost is the
processor time of the whole process for a token, both ways in the same run. All rates with 95 % intervals (Wilson).
Exit code 1: unmarked texts are taken for marked more often than the stated 10⁻³ allows.
"""

import argparse
import os
import platform
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import xllamacpp

from sekisho.evaluation.metrics import proportion
from sekisho.models.llama import Job, parameters
from sekisho.models.watermark.engine import LlamaEngine
from sekisho.models.watermark.generation import Wish, generated
from sekisho.models.watermark.scheme import KEY, SPAN, SURE, Watermark
from sekisho.models.weights import assemble, catalogue

ROOT = Path(__file__).parents[1]
LENGTHS = (50, 100, 200)
EDITS = (0.0, 0.1, 0.2)
WINDOWS = 200  # of unmarked text
KEYS = 50  # random keys for each of them
WORD = re.compile(r"\s*[A-Za-z0-9'’]+|\s*[^\sA-Za-z0-9]{1,2}")
PROMPTS = {
    "small": (
        "Write a story about a fox and the sea.",
        "Explain how bread is made, with some history.",
        "Describe a small town in winter.",
        "Write a letter to a friend about moving to another city.",
        "Give advice to somebody who starts to learn the violin.",
        "Tell me about the history of railways.",
        "Write an opinion on whether schools should give homework.",
        "Describe your ideal garden in detail.",
    ),
    "large": (
        "海辺の町に住むきつねの物語を書いてください。",
        "パンの作り方を、歴史もまじえて説明してください。",
        "冬の小さな町のようすを描写してください。",
        "引っ越しについて友だちに手紙を書いてください。",
        "バイオリンを始める人への助言をください。",
        "鉄道の歴史について教えてください。",
        "学校の宿題は必要か、意見を書いてください。",
        "理想の庭をくわしく描写してください。",
    ),
}


def main() -> None:
    asked = _arguments()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"Python {platform.python_version()}, xllamacpp {version('xllamacpp')}, {platform.machine()}, {asked.model}")
    with tempfile.TemporaryDirectory() as directory:
        entry = catalogue()[asked.model]
        path = assemble(entry, Path(directory), report=lambda share: None)
        job = Job(parent=0, model=entry.model, sha256="", port=0, key="bench", threads=asked.threads)
        server = xllamacpp.Server(parameters(xllamacpp, job, path))
        engine = LlamaEngine(server.listening_address.removeprefix("http://"), "bench")
        engine.learn_ends()
        _cost(server, engine, PROMPTS[asked.model])
        plain = [_plain(server, engine, prompt, seed) for prompt, seed in _prompts(asked.model, 4)]
        for span in asked.spans if asked.texts else ():
            _strength(engine, asked.model, asked.texts, span)
        human = [text for place in asked.human for text in _read(Path(place))]
        met = _unmarked(engine, "people's texts", human)
        met &= _unmarked(engine, "unmarked answers", plain)
    sys.exit(0 if met else 1)


def _strength(engine: LlamaEngine, model: str, texts: int, span: int) -> None:
    marked: list[tuple[Watermark, str]] = []
    for prompt, seed in _prompts(model, texts):
        mark = Watermark(os.urandom(KEY), span)
        wish = Wish(max(LENGTHS), {"temperature": 1.0, "top_k": 100, "logit_bias": _going_on(engine)}, seed=seed)
        marked.append((mark, "".join(generated(engine, mark, _chat(engine, prompt), wish, 0))))
    words = [word for _, text in marked for word in WORD.findall(text)]
    print(f"\nFound at p < {SURE:g}, temperature 1, context of {span} tokens, {len(marked)} answers")
    print(f"  {'tokens':>8}" + "".join(f"  {f'{edit:.0%} of words edited':>28}" for edit in EDITS))
    for length in LENGTHS:
        cells: list[str] = []
        for edit in EDITS:
            found = [mark.evidence(_edited(engine, text, edit, words)[:length]) for mark, text in marked]
            z = sorted(one.z for one in found)[len(found) // 2]
            cells.append(f"{proportion(sum(one.found for one in found), len(found))} z {z:.1f}")
        print(f"  {length:>8}" + "".join(f"  {cell:>28}" for cell in cells))


def _unmarked(engine: LlamaEngine, name: str, texts: Sequence[str]) -> bool:
    """Prints how often chance is taken for a mark; whether that is compatible with what is stated."""
    windows = [part for text in texts for part in _windows(engine.tokens(text)) if len(part) >= LENGTHS[0]]
    cases = [Watermark(os.urandom(KEY)).evidence(window) for window in windows[:WINDOWS] for _ in range(KEYS)]
    found = sum(one.found for one in cases)
    rate = proportion(found, len(cases))
    print(f"\n{name}: {len(windows[:WINDOWS])} windows, {len(cases):,} tries: {found} taken for marked, {rate}")
    return rate.low <= SURE


def _windows(tokens: Sequence[int]) -> Iterator[Sequence[int]]:
    size = max(LENGTHS)
    return (tokens[at : at + size] for at in range(0, len(tokens), size))


def _cost(server: object, engine: LlamaEngine, prompts: Sequence[str]) -> None:
    mark, size = Watermark(os.urandom(KEY)), 60
    spent: dict[str, list[float]] = {"with": [], "without": []}
    for number, prompt in enumerate(prompts[:4]):
        chat = _chat(engine, prompt)
        wish = Wish(size, {"temperature": 1.0, "logit_bias": _going_on(engine)}, seed=number)
        ask = {"prompt": chat, "n_predict": size, "temperature": 1.0, "id_slot": 1, "ignore_eos": True}
        spent["without"].append(_seconds(lambda ask=ask: server.handle_completions(ask)) / size)  # type: ignore[attr-defined]
        spent["with"].append(_seconds(lambda chat=chat, wish=wish: list(generated(engine, mark, chat, wish, 0))) / size)
    low = {name: min(times) * 1000 for name, times in spent.items()}
    ratio = low["with"] / low["without"]
    print(
        f"\nProcessor time of a token: {low['without']:.1f} ms without, {low['with']:.1f} ms with ({ratio:.2f} times)"
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _plain(server: object, engine: LlamaEngine, prompt: str, seed: int) -> str:
    ask = {"prompt": _chat(engine, prompt), "n_predict": max(LENGTHS), "temperature": 1.0, "seed": seed}
    answered = server.handle_completions({**ask, "ignore_eos": True})  # type: ignore[attr-defined]
    return answered["choices"][0]["text"]


def _chat(engine: LlamaEngine, prompt: str) -> list[int]:
    return engine.prompt({"messages": [{"role": "user", "content": prompt}]})


def _going_on(engine: LlamaEngine) -> list[list[float]]:
    """Answers of full length, so that lengths can be compared."""
    return [[end, -100.0] for end in sorted(engine.ends)]


def _prompts(model: str, count: int) -> Iterator[tuple[str, int]]:
    prompts = PROMPTS[model]
    return ((prompts[number % len(prompts)], number) for number in range(count))


def _edited(engine: LlamaEngine, text: str, share: float, words: Sequence[str]) -> list[int]:
    drawn = random.Random(text)
    parts = [drawn.choice(words) if drawn.random() < share else part for part in WORD.findall(text)]
    return engine.tokens("".join(parts) if share else text)


def _read(place: Path) -> Iterator[str]:
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    kinds = ("", ".md", ".txt")
    return (file.read_text("utf-8", "replace") for file in files if file.is_file() and file.suffix in kinds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=("small", "large"), default="small")
    parser.add_argument("--texts", type=int, default=40, help="marked answers")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--spans", type=int, nargs="+", default=[SPAN])
    parser.add_argument("--human", nargs="+", default=[str(ROOT / "licenses"), str(ROOT / "docs")])
    return parser.parse_args()


if __name__ == "__main__":
    main()
