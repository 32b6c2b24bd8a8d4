"""Every endpoint, command and guard has a heading in both languages."""

import tomllib
from typing import Any, cast

import click
import pytest
from starlette.routing import Route
from tests.docs.pages import LANGUAGES, ROOT, guides

from sekisho.cli.main import sekisho
from sekisho.server.routes import Routes


def headings(language: str, page: str) -> set[str]:
    return {heading.text.strip("`") for heading in guides(language)[page].headings if heading.text.startswith("`")}


def endpoints() -> set[str]:
    routes = cast("list[Route]", Routes(cast("Any", None)).application().routes)
    return {f"{method} {route.path}" for route in routes for method in (route.methods or set()) - {"HEAD"}}


def leaves(command: click.Command, name: str) -> set[str]:
    if not isinstance(command, click.Group):
        return {name}
    context = click.Context(command)
    known = {one: command.get_command(context, one) for one in command.list_commands(context)}
    return {leaf for one, inner in known.items() if inner for leaf in leaves(inner, f"{name} {one}")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_endpoint_has_a_heading_and_every_heading_an_endpoint(language: str) -> None:
    assert headings(language, "endpoints.md") == endpoints()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_a_heading_and_every_heading_a_command(language: str) -> None:
    assert headings(language, "commands.md") == leaves(sekisho, "sekisho")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guard_has_a_heading_and_every_heading_a_guard(language: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert headings(language, "guards.md") == set(project["entry-points"]["sekisho.guards"])
