"""`sekisho watermark`: whether a text bears the watermark of the models that run here."""

from typing import IO, Any

import click
import msgspec

from sekisho.cli.main import NEGATIVE
from sekisho.cli.options import CONFIG, HOME, LANGUAGE
from sekisho.cli.resident import running
from sekisho.cli.residents import NAME
from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import load
from sekisho.models.watermark import key as watermark_key
from sekisho.models.watermark.scheme import Evidence, Watermark

FOUND: Bilingual = {
    "ja": "透かしが見つかりました。この文章、またはその一部は、この鍵を使うモデルが書いたものと考えられます。",
    "en": "The watermark was found: this text, or part of it, was written by a model with this key.",
}
NOT_FOUND: Bilingual = {
    "ja": "透かしは見つかりませんでした。AIが書いていないという意味ではありません。短い文章、書き換えや翻訳をした文章、"
    "temperature 0の文章からは、見つからないことがあります。",
    "en": "The watermark was not found. That does not mean that no AI wrote the text: short, edited and translated "
    "texts, and those drawn at temperature 0, may not show it.",
}
FIGURES: Bilingual = {
    "ja": "数えたトークン: {counted}、zスコア: {z:.2f}、偶然にこうなる確率: {p:.2g}",
    "en": "Tokens counted: {counted}, z-score: {z:.2f}, probability by chance: {p:.2g}",
}


@click.group()
def watermark() -> None:
    """Finds the watermark of models that run here (電子透かしの検出)."""


@watermark.command("detect")
@click.argument("file", type=click.File("rb"))
@click.option("--model", "name", default=NAME, show_default=True, help="Name of the model in the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@HOME
@CONFIG
@LANGUAGE
@click.pass_context
def detect_watermark(
    context: click.Context, file: IO[bytes], name: str, as_json: bool, language: Language, **place: Any
) -> None:
    """Checks whether the text in FILE (`-`: standard input) has the watermark. Exits with 1 if not.

    Uses the key in the home directory, so only those who run Sekisho can check. The model splits the text into tokens.
    """
    settings = load(place["config"], home=place["home"])
    key = watermark_key.found(settings.directory)
    if key is None:
        where = str(settings.directory / watermark_key.FILE)
        raise ConfigurationError(where=where, what="there is no key yet; the setting is watermark")
    with running(settings, name) as model:
        evidence = Watermark(key).evidence(model.tokens(file.read().decode("utf-8", "replace")))
    click.echo(_json(evidence) if as_json else _told(evidence, language))
    if not evidence.found:
        context.exit(NEGATIVE)


def _told(evidence: Evidence, language: Language) -> str:
    said = FOUND if evidence.found else NOT_FOUND
    return f"{said[language]}\n{FIGURES[language].format(**evidence._asdict())}"


def _json(evidence: Evidence) -> bytes:
    return msgspec.json.encode({"found": evidence.found, **evidence._asdict()})
