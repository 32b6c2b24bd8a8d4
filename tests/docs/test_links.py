"""Links lead somewhere, and files that the documents name exist."""

import re

import pytest
from tests.docs.pages import ROOT, Page, everything, read

FILE = re.compile(r"`((?:src|tests|bench|docs|licenses)/[\w./-]*)`")


@pytest.mark.parametrize("page", everything(), ids=lambda page: page.name)
def test_links_within_the_repository_resolve(page: Page) -> None:
    broken = [link for link in page.links if not link.startswith(("http://", "https://")) and not resolves(page, link)]
    assert broken == []


def resolves(page: Page, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.path.parent / path).resolve() if path else page.path
    return target.exists() and target.is_relative_to(ROOT) and (not anchor or anchor in read(target).anchors)


@pytest.mark.parametrize("page", everything(), ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Page) -> None:
    named = {name for section in page.sections for name in FILE.findall(section)}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_architecture_names_a_file_for_every_step_of_the_pipeline() -> None:
    told = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    steps = re.findall(r"^(\d)\. ", (ROOT / "src/sekisho/pipeline/run.py").read_text("utf-8"), re.MULTILINE)
    assert steps
    assert [step for step in steps if f"(step {step}" not in told] == []


def test_no_half_of_a_merge_stands_in_the_documents() -> None:
    mark = re.compile(r"^(<{7}|={7}|>{7})", re.MULTILINE)
    assert [page.name for page in everything() if mark.search(page.path.read_text("utf-8"))] == []


def test_the_documents_do_not_name_places_of_one_machine() -> None:
    assert [page.name for page in everything() if "/" + "work/" in page.path.read_text("utf-8")] == []
