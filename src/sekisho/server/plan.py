"""The plan of a start: what the process that serves hands to each of its workers, and how models beside it are."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from sekisho.core.language import Bilingual
from sekisho.core.settings import SLOW, Model, Settings
from sekisho.provenance.opening import encoded

VARIABLE = "_SEKISHO_PLAN"
STATES = "models.json"
EMBEDDED = Model(timeouts=SLOW)


class Resident(msgspec.Struct, frozen=True):
    """A model that runs beside the gateway: our name for it, its own, where it listens, and the key it wants.

    Attributes:
        sha256: of its weights, hexadecimal; other bytes are not loaded.
    """

    name: str
    served: str
    url: str
    key: str
    sha256: str = ""


class Plan(msgspec.Struct, frozen=True):
    """Settings, the demonstration key (empty: none) and the models that run beside the gateway.

    `seeker` is the socket of the process that finds texts again; empty where there is none.
    """

    settings: Settings
    key: str = ""
    residents: list[Resident] = []
    seeker: str = ""

    def models(self) -> dict[str, Model]:
        """All models by name, in the order of the settings, with what these say of them.

        The URL of a resident is found at each request, since it may not be up yet.
        """
        configured = self.settings.models
        residents = {one.name: _resident(one, configured.get(one.name, EMBEDDED)) for one in self.residents}
        named = {
            name: residents.get(name, model) for name, model in configured.items() if model.url or name in residents
        }
        return named | residents

    def inside(self) -> frozenset[str]:
        """Models inside the organisation; none as long as the settings name none as such."""
        named = any(model.internal for model in self.settings.models.values())
        return frozenset(name for name, model in self.models().items() if model.internal) if named else frozenset()

    def weights(self) -> dict[str, str]:
        """SHA-256 of the weights of each resident, in base64url without padding as statements have it."""
        return {one.name: encoded(bytes.fromhex(one.sha256)) for one in self.residents if one.sha256}

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment in which the models' keys are looked up."""
        return dict(environ) | {_variable(one.name): one.key for one in self.residents}


class Condition(msgspec.Struct, frozen=True):
    """How a resident is: `ready` or not, and a sentence on why not."""

    ready: bool
    note: Bilingual


class Conditions:
    """How the residents are, as the serving process tells its workers in `models.json`."""

    def __init__(self, plan: Plan) -> None:
        self._path = plan.settings.directory / STATES
        self._urls = {one.name: one.url for one in plan.residents}
        self._known: dict[str, Condition] = {}
        self._stamp = -1

    def url(self, name: str) -> str | None:
        """Where a resident listens; None while it is not ready."""
        condition = self.of(name)
        return self._urls.get(name) if condition is not None and condition.ready else None

    def of(self, name: str) -> Condition | None:
        """How a resident is; None for a model that is none, and before anything was told."""
        if not self._urls:
            return None
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._known = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Condition])
                self._stamp = stamp
        except (OSError, msgspec.DecodeError):
            return None  # it is being made; until then nothing is ready
        return self._known.get(name) if name in self._urls else None


def tell(directory: Path, conditions: Mapping[str, Condition]) -> None:
    """Writes how the residents are. Raises `OSError`."""
    draft = directory / f".{STATES}.new"
    draft.write_bytes(msgspec.json.encode(conditions))
    draft.replace(directory / STATES)


def hand_over(plan: Plan) -> None:
    """Leaves the plan where worker processes find it."""
    os.environ[VARIABLE] = msgspec.json.encode(plan).decode()


def handed_over() -> Plan:
    """The plan that the serving process left."""
    return msgspec.json.decode(os.environ[VARIABLE], type=Plan)


def _resident(one: Resident, model: Model) -> Model:
    internal = model.internal is not False  # it runs here
    return msgspec.structs.replace(model, model=one.served, key_env=_variable(one.name), internal=internal)


def _variable(name: str) -> str:
    return "_SEKISHO_MODEL_KEY_" + name
