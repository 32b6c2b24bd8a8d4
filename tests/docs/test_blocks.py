"""Every code block of the documents runs, or is checked by what reads it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.pages import ROOT, Block, Page, everything, pairs
from tests.docs.workshop import Workshop, commands, fits

from sekisho.cli.main import sekisho
from sekisho.core.exchange import Stage
from sekisho.core.located import parse
from sekisho.core.settings import load
from sekisho.core.text import Text
from sekisho.guards.protocol import Context
from sekisho.guards.rule_guard import guard_from
from sekisho.policy.document import profile_of

SHELL = ("sh", "bash")
KNOWN = {*SHELL, "python", "yaml", "json", "text"}
NEEDS_SERVER = re.compile(r"8700|sekisho (?:ledger|verify|exchange)")
NOT_RUN = (
    "make",
    "sekisho serve",
    "sekisho witness --log",
    "sekisho watermark",
    "sekisho ledger rotate-key",
)  # they would set up this machine, never end, run a model or need a stopped server; their words are checked instead

REASON = re.compile(r"(?<=--reason )(['\"]).*\1")  # words for people, in the page's language
PAGES = [page for page in everything() if page.blocks]


def of(page: Page, *languages: str) -> list[Block]:
    return [block for block in page.blocks if block.language in languages]


def does(page: Page) -> list[str]:
    """What its blocks do: what runs, in whatever language it gives a reason, and what is to be printed."""
    return [REASON.sub("", block.text) for block in of(page, *SHELL, "python")] + [
        block.text for block in of(page, "json") if "answer" in block.info
    ]


SAME = {english.name for english, japanese in pairs() if does(english) == does(japanese)}
RUN = [page for page in PAGES if of(page, *SHELL, "python") and page.name not in SAME]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_says_what_it_is(page: Page) -> None:
    assert [f"{page.name}:{block.line}" for block in page.blocks if block.language not in KNOWN] == []


def test_a_page_of_either_language_runs() -> None:
    """Of two that do the same, the Japanese one; English words are told by those that show answers."""
    japanese = {page.name for page in RUN if page.language == "ja"}
    assert japanese == {page.name for page in PAGES if page.language == "ja" and of(page, *SHELL, "python")}
    assert {"README.md", "docs/en/endpoints.md"} <= {page.name for page in RUN}


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.name)
def test_the_blocks_of_a_page_run_in_order_and_what_they_print_is_what_the_page_shows(
    page: Page, tmp_path: Path
) -> None:
    workshop = Workshop.of(tmp_path, page.language)
    for block in of(page, "yaml"):
        data = yaml.safe_load(block.text)
        if "profile" in data and "title" in data:
            (tmp_path / f"{data['profile']}.yaml").write_text(block.text, "utf-8")
    if any(NEEDS_SERVER.search(block.text) for block in of(page, *SHELL, "python")):
        with workshop.open():
            run(page, workshop)
    else:
        run(page, workshop)


def run(page: Page, workshop: Workshop) -> None:
    printed = ""
    for block in page.blocks:
        try:
            if block.language in SHELL:
                printed = workshop.run(runnable(block.text))
            elif block.language == "python":
                printed = workshop.python(block.text)
            elif block.language == "json" and "answer" in block.info:
                assert fits(json.loads(block.text), json.loads(printed)), printed
        except (AssertionError, ValueError) as fault:
            raise AssertionError(f"{page.name}:{block.line}: {fault}") from fault


def runnable(script: str) -> str:
    """The lines that can run here; the others are checked."""
    kept: list[str] = []
    for line in script.replace("\\\n", " ").splitlines():
        words = " ".join(commands(line)[0]) if commands(line) else ""
        if words.startswith(NOT_RUN):
            understood(words.split())
        else:
            kept.append(line)
    return "\n".join(kept)


def understood(words: list[str]) -> None:
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        assert set(words[1:]) <= set(targets)
    else:
        context = sekisho.make_context("sekisho", words[1:])
        command: Any = sekisho.get_command(context, words[1])
        command.make_context(words[1], words[2:])


@pytest.mark.parametrize("page", [page for page in PAGES if of(page, "yaml")], ids=lambda page: page.name)
async def test_yaml_is_a_profile_a_rule_file_or_settings_that_load(page: Page, tmp_path: Path) -> None:
    for block in of(page, "yaml"):
        name = f"{page.name}:{block.line}"
        data = yaml.safe_load(block.text)
        if "rules" in data:
            await rules_find_their_examples(block, tmp_path)
        elif {"entry", "source", "action", "exit", "title"} & data.keys():
            assert profile_of(parse(block.text, name)).name == data["profile"]
        else:
            file = tmp_path / "sekisho.yaml"
            file.write_text(block.text, "utf-8")
            settings = load(file, environ={})
            assert all(hasattr(settings, key) for key in data), name


async def rules_find_their_examples(block: Block, directory: Path) -> None:
    file = directory / "rules.yaml"
    file.write_text(block.text, "utf-8")
    guard = guard_from(file, {})
    assert guard.examples
    for example in guard.examples:
        findings = await guard.inspect(Text(example.text), Context(Stage.ENTRY, "user", "open"))
        assert [example.text[found.start : found.end] for found in findings] == [example.found] * bool(example.found)


@pytest.mark.parametrize("page", [page for page in PAGES if of(page, "json")], ids=lambda page: page.name)
def test_json_can_be_read(page: Page) -> None:
    for block in of(page, "json"):
        assert isinstance(json.loads(block.text), dict), f"{page.name}:{block.line}"


def test_what_a_page_shows_fits_only_what_came() -> None:
    came = {"verdict": "mask", "list": [{"a": 1, "b": 2}], "notice": "Found: phone."}
    assert fits({"list": [{"a": 1}], "notice": "Found: …"}, came)
    assert not fits({"verdict": "pass"}, came)
    assert not fits({"list": [{"a": 3}]}, came)
    assert not fits({"absent": "…"}, came)
    assert not fits({"notice": "Lost: …"}, came)
