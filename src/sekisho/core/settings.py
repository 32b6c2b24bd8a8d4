"""Settings: one file, overridden by the environment, overridden by flags."""

import os
import re
from collections.abc import Mapping
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec

from sekisho.core.errors import ConfigurationError
from sekisho.core.language import Language
from sekisho.core.located import Located, parse, read
from sekisho.core.phrases import plain

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Some = Annotated[int, msgspec.Meta(ge=1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
StageName = Literal["entry", "source", "action", "exit"]
Workers = Annotated[int, msgspec.Meta(ge=1, le=64)]


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the server listens. More than one worker shares the ledger and the limits."""

    host: str = "127.0.0.1"
    port: Port = 8700
    workers: Workers = 1


class Timeouts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a model may take, in seconds, by phase."""

    connect: Seconds = 5.0
    first_token: Seconds = 120.0
    between_tokens: Seconds = 30.0
    total: Seconds = 600.0


SLOW = Timeouts(first_token=300.0, between_tokens=60.0, total=1200.0)  # a model on a small machine's processor


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model behind the checkpoint: an OpenAI-compatible server, or a GGUF file run here.

    Attributes:
        url: base URL up to and including `/v1`. Exclusive with `path`.
        model: the name the server knows it by; by default our own name for it.
        key_env: environment variable that holds the server's API key.
        path: a GGUF file; `sha256` is then required, and other bytes are refused.
        internal: whether it runs inside the organisation; None: it does if it is a file that runs here.
        concurrency: requests at a time; more wait up to `timeouts.connect` seconds.
        retries: further tries after failures that may pass by themselves, while nothing was sent on yet.
        fallback: names of models asked instead, in order, when this one cannot answer.
        timeouts: of a file, by default `SLOW`, which `load` sees to.
    """

    url: str = ""
    model: str = ""
    key_env: str = ""
    path: str = ""
    sha256: str = ""
    internal: bool | None = None
    concurrency: Some = 256
    retries: Count = 2
    fallback: list[str] = []
    timeouts: Timeouts = Timeouts()


class ModelGuard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A guard that is a model. It is asked where a profile says that the other guards are unsure.

    Attributes:
        name: what records call it.
        format: how it is asked; see docs/en/model-guards.md.
        model: name of a configured model, or `embedded`.
        stages: where it works.
        category: what a violation counts as; for `gpt-oss-safeguard`, `policy` and `judge`.
        policy: the policy, for `gpt-oss-safeguard` and `policy`; for `judge` a question with yes or no, or empty.
        a: factor of the log-odds of a yes.
        b: summand to them; the probability is 1 / (1 + exp(-(a · log-odds + b))).
        budget_s: seconds for one text; by default `guard_budget_s`.
        longest: code points that are judged in one request; a longer text is judged in parts.
    """

    name: str
    format: Literal[
        "llama-guard-4",
        "llama-guard-3",
        "qwen3guard",
        "granite-guardian-4.1",
        "granite-guardian-3.3",
        "granite-guardian-3.2",
        "shieldgemma",
        "gpt-oss-safeguard",
        "policy",
        "judge",
    ]
    model: str
    stages: list[StageName] = msgspec.field(default_factory=lambda: ["entry", "source", "exit"])
    category: str = "harm"
    policy: str = ""
    a: float = 1.0
    b: float = 0.0
    budget_s: Seconds | None = None
    longest: Annotated[int, msgspec.Meta(ge=100)] = 6_000


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one API key may use unless its own limits say otherwise, and how large a request may be.

    Attributes:
        body_bytes: longest request body.
        body_s: seconds in which the body must have arrived.
        requests_per_minute: 0 means no limit; so with the next two.
        tokens_per_minute: tokens reported by the model, or counted by length where it reports none.
        concurrent: requests of one key at a time.
        write_s: seconds a client may take to accept what was sent before it counts as gone.
    """

    body_bytes: Some = 8_000_000
    body_s: Seconds = 30.0
    requests_per_minute: Count = 0
    tokens_per_minute: Count = 0
    concurrent: Some = 256
    write_s: Seconds = 60.0


class WitnessSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A witness that is asked to cosign this log's checkpoints (C2SP tlog-witness).

    Attributes:
        url: where it takes them, up to but not including `/add-checkpoint`.
        key: its public key, `name+hash+base64`, for cosignatures.
    """

    url: str
    key: str


class LedgerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The record. `unsafe_skip_sync` trades durability for speed and is for measurements only."""

    unsafe_skip_sync: bool = False


class VerifierSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What strangers may have verified. Receipts always.

    Attributes:
        texts: whether texts are looked up among the contents that are kept; takes a process of its own.
        lookups_per_minute: from one address; 0 means no limit; so with the next.
        total_per_minute: from all addresses.
    """

    texts: bool = True
    lookups_per_minute: Count = 30
    total_per_minute: Count = 600


class MarksSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What marks say, and how.

    Attributes:
        url: where people can verify a text, as marks tell it; empty: `/verify` at the address of `listen`.
        certificate: PEM file of the certificate that files are signed with and its issuers; empty: one made here.
        key: PEM file of its private key (ECDSA on P-256).
        anchors: PEM file of issuers that are trusted in files of others.
        file_bytes: longest file that is marked or looked into.
        file_s: seconds for one file.
    """

    url: str = ""
    certificate: str = ""
    key: str = ""
    anchors: str = ""
    file_bytes: Annotated[int, msgspec.Meta(ge=1, le=1 << 30)] = 64_000_000
    file_s: Seconds = 30.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything an operator can set. Each field is described in docs/en/settings.md and docs/ja/settings.md.

    Attributes:
        home: directory of the state: ledger, keys, weights.
        database: URL of the PostgreSQL database that holds the ledger; empty: a file in `home`.
        key: a demonstration API key that exists while the server runs; empty means none.
        profile: the profile of requests whose key names none.
        profiles: directories with further profiles; a profile of the same name replaces a built-in one.
        guards: names of guards to load, from the entry points `sekisho.guards`; none: the standard ones.
        guard_budget_s: seconds that guards may take for one text, and in proportion for one of over 500,000 characters.
        model_guards: guards that are models, asked where a profile says that the others are unsure.
        strict_models: refuse a model name that is not configured; otherwise the profile's first model answers.
        embedded: `auto`, `large`, `small` or `off`: the language model that comes inside packages.
        watermark: mark, by a secret key, what models that run here write.
        witnesses: who is asked to cosign checkpoints of the ledger.
        log: `exchanges` writes a line of JSON for each exchange, without its texts; `quiet` only what goes wrong.
    """

    home: str = ".sekisho"
    database: str = ""
    key: str = ""
    language: Language = "ja"
    profile: str = "office"
    profiles: list[str] = []
    guards: list[str] = []
    guard_budget_s: Seconds = 2.0
    model_guards: list[ModelGuard] = []
    embedded: Literal["auto", "large", "small", "off"] = "auto"
    watermark: bool = False
    log: Literal["exchanges", "quiet"] = "exchanges"
    strict_models: bool = False
    listen: Listen = Listen()
    models: dict[str, Model] = {}
    limits: Limits = Limits()
    witnesses: list[WitnessSettings] = []
    ledger: LedgerSettings = LedgerSettings()
    verifier: VerifierSettings = VerifierSettings()
    marks: MarksSettings = MarksSettings()

    @property
    def directory(self) -> Path:
        """`home` as an absolute path."""
        return Path(self.home).expanduser().resolve()


GROUPS: dict[str, type[msgspec.Struct]] = {
    "listen": Listen,
    "limits": Limits,
    "ledger": LedgerSettings,
    "verifier": VerifierSettings,
    "marks": MarksSettings,
}
PLAIN = [name for name in Settings.__struct_fields__ if name not in GROUPS]
SHORT = {"host": "listen", "port": "listen", "workers": "listen"}


def load(file: Path | None, environ: Mapping[str, str] | None = None, **flags: object) -> Settings:
    """Reads `file` (or ./sekisho.yaml where it exists), then `SEKISHO_…`, then flags that are not None.

    `SEKISHO_PORT` is `listen.port`, `SEKISHO_LIMITS__BODY_BYTES` is `limits.body_bytes`, lists are separated by
    commas, and `SEKISHO_MODELS` is what stands under `models`, as JSON or YAML; so with `SEKISHO_MODEL_GUARDS` and
    `SEKISHO_WITNESSES`.
    Raises `ConfigurationError` that names the line, the variable or the flag at fault.
    """
    environ = os.environ if environ is None else environ
    if file is None:
        document = read(Path("sekisho.yaml")) if Path("sekisho.yaml").is_file() else parse("", "sekisho.yaml")
    else:
        document = read(file)
    if document.data is not None:
        document.into(Settings)
    data = cast("dict[str, Any]", deepcopy(document.data) if document.data is not None else {})
    places = dict(document.places)
    for name, value in environ.items():
        if name.startswith("SEKISHO_"):
            _set(data, name.removeprefix("SEKISHO_").lower().split("__"), value, name)
    for name, value in flags.items():
        if value is not None:
            _set(data, name.split("__"), value, "--" + name.replace("__", "-").replace("_", "-"))
    _patient(data.get("models", {}))
    settings = _strictly(Located(document.name, data, places))
    _consistent(settings, document)
    return settings


def _patient(models: dict[str, dict[str, Any]]) -> None:
    """Gives files that run here the time-outs of slow models, where none are set."""
    for model in models.values():
        if model.get("path"):
            model["timeouts"] = msgspec.structs.asdict(SLOW) | model.get("timeouts", {})


def _set(data: dict[str, Any], path: list[str], value: object, origin: str) -> None:
    if len(path) == 1 and path[0] in SHORT:
        path = [SHORT[path[0]], path[0]]
    if not _exists(path):
        near = get_close_matches("__".join(path), _names(), 1, 0.5)
        meant = near[0].replace("__", ".") if near else ""
        what = {
            "ja": "そのような設定はありません" + (f"({meant} ですか?)" if near else ""),
            "en": "names no setting" + (f"; did you mean {meant}?" if near else ""),
        }
        raise ConfigurationError(where=origin, what=what)
    if path in (["models"], ["model_guards"], ["witnesses"]):
        value = parse(str(value), origin).data
    elif path in (["profiles"], ["guards"]):
        value = [item.strip() for item in str(value).split(",") if item.strip()]
    for key in path[:-1]:
        data = data.setdefault(key, {})
    data[path[-1]] = value
    try:
        msgspec.convert(_nested(path, value), Settings, strict=False)
    except msgspec.ValidationError as fault:
        raise ConfigurationError(where=origin, what=plain(str(fault).partition(" - at")[0])) from fault


def _exists(path: list[str]) -> bool:
    if len(path) == 1:
        return path[0] in PLAIN
    return len(path) == 2 and path[0] in GROUPS and path[1] in GROUPS[path[0]].__struct_fields__


def _names() -> list[str]:
    nested = [f"{group}__{name}" for group, shape in GROUPS.items() for name in shape.__struct_fields__]
    return [*PLAIN, *SHORT, *nested]


def _nested(path: list[str], value: object) -> object:
    for key in reversed(path):
        value = {key: value}
    return value


def _strictly(document: Located) -> Settings:
    """Environment values are text, so numbers may be written as text here; the file was checked strictly before."""
    try:
        return msgspec.convert(document.data, Settings, strict=False)
    except msgspec.ValidationError as fault:
        raise document.error(str(fault)) from fault


def _consistent(settings: Settings, document: Located) -> None:
    for name, model in settings.models.items():
        what = _fault(model)
        if what:
            raise document.error(what, "models", name)
        for other in model.fallback:
            if other not in settings.models and other != "embedded":
                raise document.error(
                    {"ja": f"`{other}` というモデルはありません", "en": f"there is no model `{other}`"},
                    "models",
                    name,
                    "fallback",
                )
    wrong = [at for at, one in enumerate(settings.witnesses) if not one.url.startswith(("http://", "https://"))]
    if wrong:
        raise document.error(
            {"ja": "`url` は http:// か https:// で始めてください", "en": "`url` must begin with http:// or https://"},
            "witnesses",
            wrong[0],
            "url",
        )
    _guards_consistent(settings, document)


def _guards_consistent(settings: Settings, document: Located) -> None:
    names = list(settings.guards)
    for index, guard in enumerate(settings.model_guards):
        what, key = _guard_fault(guard, settings, names)
        if what:
            raise document.error(what, "model_guards", index, key)
        names.append(guard.name)


def _guard_fault(guard: ModelGuard, settings: Settings, names: list[str]) -> tuple[str, str]:
    """What is wrong with a model guard, and with which of its keys; empty: nothing."""
    if not guard.name or guard.name in names:
        return f"a guard needs a name of its own, not `{guard.name}`", "name"
    if guard.model not in settings.models and guard.model != "embedded":
        return f"there is no model `{guard.model}`", "model"
    if not guard.policy.strip() and guard.format in ("policy", "gpt-oss-safeguard"):
        return f"the format `{guard.format}` needs a `policy`", "format"
    if not guard.a > 0:
        return "`a` must be greater than 0: otherwise a surer yes would count for less", "a"
    return "", ""


def _fault(model: Model) -> str:
    """What is wrong with a model by itself; empty: nothing."""
    if bool(model.url) == bool(model.path):
        return "a model needs either `url` or `path`"
    if model.path and not re.fullmatch("[0-9a-fA-F]{64}", model.sha256):
        return "a model file needs its `sha256` (64 hexadecimal digits)"
    if model.path and model.key_env:
        return "`key_env` belongs to a `url`: a model file needs no key"
    if model.url and model.sha256:
        return "`sha256` belongs to a `path`: nobody can check what a server runs"
    if model.url and not model.url.startswith(("http://", "https://")):
        return "`url` must begin with http:// or https://"
    return ""
