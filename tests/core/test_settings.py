import re
from pathlib import Path

import msgspec
import pytest

from sekisho.core.errors import ConfigurationError
from sekisho.core.settings import (
    SLOW,
    LedgerSettings,
    Limits,
    Listen,
    MarksSettings,
    Model,
    ModelGuard,
    Settings,
    Timeouts,
    VerifierSettings,
    WitnessSettings,
    load,
)

DOCS = Path(__file__).parents[2] / "docs"
JUDGE = "model_guards:\n - {name: g, "
MODEL_FILE = "models:\n  m: {path: m.gguf, sha256: " + "a" * 64 + "}"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def loaded(text="", environ=None, **flags):
    Path("s.yaml").write_text(text)
    return load(Path("s.yaml"), environ or {}, **flags)


def mistake(text="", environ=None, **flags):
    with pytest.raises(ConfigurationError) as caught:
        loaded(text, environ, **flags)
    return str(caught.value)


def test_without_a_file_the_defaults_hold():
    assert load(None, {}) == Settings()


def test_the_environment_wins_over_the_file_and_a_flag_over_both():
    text = "listen: {port: 1}\nprofile: a"
    assert loaded(text).listen.port == 1
    assert loaded(text, {"SEKISHO_PORT": "2"}).listen.port == 2
    assert loaded(text, {"SEKISHO_LISTEN__PORT": "2"}, port=3).listen.port == 3
    assert loaded(text, {"SEKISHO_PORT": "2"}, port=None).listen.port == 2
    assert loaded(text, {"SEKISHO_PORT": "2"}).profile == "a"


def test_the_file_in_the_working_directory_is_read_without_being_named():
    Path("sekisho.yaml").write_text("profile: here")
    assert load(None, {}).profile == "here"


def test_text_from_the_environment_becomes_the_type_of_the_setting():
    environ = {
        "SEKISHO_STRICT_MODELS": "true",
        "SEKISHO_GUARDS": "privacy, secrets",
        "SEKISHO_GUARD_BUDGET_S": "1.5",
        "SEKISHO_LIMITS__BODY_BYTES": "10",
        "SEKISHO_LEDGER__UNSAFE_SKIP_SYNC": "1",
        "SEKISHO_MODELS": '{"town": {"url": "http://127.0.0.1/v1"}}',
        "SEKISHO_MODEL_GUARDS": '[{"name": "g", "format": "judge", "model": "town", "a": 2}]',
        "HOME": "/",
    }
    settings = loaded("", environ)
    assert (settings.strict_models, settings.guards, settings.guard_budget_s) == (True, ["privacy", "secrets"], 1.5)
    assert (settings.limits.body_bytes, settings.ledger.unsafe_skip_sync) == (10, True)
    assert settings.models["town"].url == "http://127.0.0.1/v1"
    assert settings.model_guards == [ModelGuard("g", "judge", "town", a=2.0)]


def test_off_is_a_word():
    assert loaded("embedded: off").embedded == "off"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot: 1", "s.yaml:1:1: there is no `prot` here"),
        ("listen:\n  prot: 1", "s.yaml:2:3: there is no `prot` here; did you mean `port`?"),
        ("listen:\n  port: x", "s.yaml:2:3: `port` must be a whole number, not a text"),
        ('listen:\n  port: "8700"', "s.yaml:2:3: `port` must be a whole number, not a text"),
        ("listen: {port: 65536}", "s.yaml:1:10: `port` must be a whole number, at most 65535"),
        ("listen: {workers: 0}", "s.yaml:1:10: `workers` must be a whole number, at least 1"),
        ("guard_budget_s: 0", "s.yaml:1:1: `guard_budget_s` must be a number, greater than 0"),
        ("embedded: huge", "s.yaml:1:1: Invalid enum value 'huge'"),
        ("models:\n  m: {}", "s.yaml:2:3: a model needs either `url` or `path`"),
        ("models:\n  m: {path: x}", "s.yaml:2:3: a model file needs its `sha256`"),
        ("models:\n  m: {url: ftp://x}", "s.yaml:2:3: `url` must begin with"),
        ("models:\n  m:\n    ulr: x", "s.yaml:3:5: there is no `ulr` here; did you mean `url`?"),
        (MODEL_FILE[:-1] + ", fallback: [n]}", "there is no model `n`"),
        (MODEL_FILE[:-1] + ", key_env: K}", "s.yaml:2:3: `key_env` belongs to a `url`"),
        ("models:\n  m: {url: 'http://a/v1', sha256: 0a}", "s.yaml:2:3: `sha256` belongs to a `path`"),
        ("models:\n  m: {url: 'http://a/v1', internal: x}", "`internal` must be true or false"),
        (JUDGE + "formt: judge}", "s.yaml:2:14: there is no `formt` here; did you mean `format`?"),
        (JUDGE + "format: jugde, model: embedded}", "s.yaml:2:14: Invalid enum value 'jugde'"),
        (JUDGE + "format: judge, model: n}", "s.yaml:2:29: there is no model `n`"),
        (JUDGE + "format: policy, model: embedded}", "s.yaml:2:14: the format `policy` needs a `policy`"),
        (JUDGE + "format: judge, model: embedded, a: 0}", "s.yaml:2:46: `a` must be greater than 0"),
        (JUDGE + "format: judge, model: embedded, budget_s: 0}", "s.yaml:2:46: `budget_s` must be a number, great"),
        (JUDGE + "format: judge, model: embedded, stages: [exitt]}", "Invalid enum value 'exitt'"),
        ("guards: [g]\n" + JUDGE + "format: judge, model: embedded}", "s.yaml:3:5: a guard needs a name of its own"),
        ("- a", "s.yaml:1:1: must be a list of `key: value`, not a list"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(text, told):
    assert told in mistake(text)


def test_a_mistake_in_the_environment_or_a_flag_names_it():
    assert mistake("", {"SEKISHO_PORT": "x"}).startswith("SEKISHO_PORT: must be a whole number")
    assert mistake("", {"SEKISHO_WORKERS": "99"}).startswith("SEKISHO_WORKERS: must be a whole number, at most 64")
    assert mistake("", {"SEKISHO_PROT": "1"}) == "SEKISHO_PROT: names no setting; did you mean port?"
    assert mistake("", {"SEKISHO_MODELS": "{a: {"}).startswith("SEKISHO_MODELS")
    assert mistake(port="x").startswith("--port: must be a whole number")


def test_a_model_file_with_its_digest_is_accepted():
    assert loaded(MODEL_FILE).models["m"].path == "m.gguf"


def test_a_model_file_has_more_time_where_the_settings_set_none():
    assert loaded(MODEL_FILE).models["m"].timeouts == SLOW
    told = loaded(MODEL_FILE[:-1] + ", timeouts: {first_token: 120, total: 700}}").models["m"].timeouts
    assert told == Timeouts(SLOW.connect, 120.0, SLOW.between_tokens, 700.0)
    environ = {"SEKISHO_MODELS": MODEL_FILE.partition("\n")[2]}
    assert loaded("", environ).models["m"].timeouts == SLOW
    assert loaded("models: {m: {url: 'http://a/v1'}}").models["m"].timeouts == Timeouts()


def names():
    groups = {
        "listen": Listen,
        "limits": Limits,
        "ledger": LedgerSettings,
        "verifier": VerifierSettings,
        "marks": MarksSettings,
        "models.NAME": Model,
        "model_guards[]": ModelGuard,
        "witnesses[]": WitnessSettings,
    }
    plain = [field for field in Settings.__struct_fields__ if field not in (*groups, "models")]
    nested = [f"{group}.{field}" for group, shape in groups.items() for field in shape.__struct_fields__]
    timeouts = [f"models.NAME.timeouts.{field}" for field in Timeouts.__struct_fields__]
    return {*plain, *nested, *timeouts} - {"models.NAME.timeouts"}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_setting_has_a_heading_and_every_heading_a_setting(language):
    text = (DOCS / language / "settings.md").read_text()
    assert set(re.findall(r"^### `([^`]+)`$", text, re.MULTILINE)) == names()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_example_of_the_document_is_a_good_file(language):
    blocks = re.findall(r"```yaml\n(.*?)```", (DOCS / language / "settings.md").read_text(), re.DOTALL)
    assert blocks
    for block in blocks:
        assert isinstance(loaded(block), Settings)


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(AttributeError):
        Settings().home = "x"  # pyright: ignore[reportAttributeAccessIssue]
    assert msgspec.structs.replace(Settings(), home="x").directory.name == "x"


def test_witnesses_come_from_the_file_or_the_environment_and_need_a_url():
    told = "witnesses:\n - {url: https://w.example, key: k}\n"
    assert loaded(told).witnesses == [WitnessSettings("https://w.example", "k")]
    assert loaded("", {"SEKISHO_WITNESSES": "[{url: http://w, key: k}]"}).witnesses[0].url == "http://w"
    with pytest.raises(ConfigurationError, match="http"):
        loaded("witnesses:\n - {url: ftp://w.example, key: k}\n")
