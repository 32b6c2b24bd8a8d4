"""The models that run beside the gateway: started with it, told about, ended with it."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sekisho.core.language import Bilingual
from sekisho.core.settings import Model, Settings
from sekisho.models.embedded import Choice, EmbeddedModel, choose, installed, runtime_installed
from sekisho.models.memory import free_memory
from sekisho.models.watermark import key as watermark_key
from sekisho.policy.profile import Profile
from sekisho.server.plan import Condition, Resident, tell

NAME = "embedded"
LOOK_S = 0.25
READY: Bilingual = {"ja": "", "en": ""}
CONFIGURED: Bilingual = {"ja": "設定 models のモデルを使います。", "en": "The models in the settings are used."}
STATES: dict[str, Bilingual] = {
    "starting": {"ja": "{model}: 起動しています。", "en": "{model}: starting."},
    "checking": {
        "ja": "{model}: ファイルを確かめています({share}%)。",
        "en": "{model}: checking the file ({share} %).",
    },
    "loading": {"ja": "{model}: 読み込んでいます。", "en": "{model}: loading."},
    "ready": {"ja": "{model}: 準備ができました。", "en": "{model}: ready."},
    "waiting": {"ja": "{model}: 止まったため、起動し直します。", "en": "{model}: it stopped and is being restarted."},
    "failed": {"ja": "{model}: 使えません。{why}", "en": "{model}: cannot be used. {why}"},
    "stopped": {"ja": "{model}: 止めました。", "en": "{model}: stopped."},
}
STEP = 25  # percent of checking between two lines


@dataclass(slots=True)
class Residents:
    """All of them, in the order of the settings, the embedded one last."""

    directory: Path
    choices: dict[str, Choice]
    reason: Bilingual
    models: dict[str, EmbeddedModel] = field(default_factory=dict[str, EmbeddedModel])
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @classmethod
    def of(cls, settings: Settings, profiles: Iterable[Profile] = ()) -> "Residents":
        """Chooses what to run and reserves a port for each; starts nothing. Raises `ConfigurationError`.

        Beside other models, `embedded: auto` runs one only where a fallback or one of `profiles` names it.
        """
        directory = settings.directory / "weights"
        own = {name: own_of(name, one) for name, one in settings.models.items() if one.path}
        named = (*(one.fallback for one in settings.models.values()), *(one.models for one in profiles))
        if settings.embedded == "auto" and settings.models and not any(NAME in names for names in named):
            choice = Choice("", CONFIGURED)
        else:
            choice = choose(
                settings.embedded,
                free_bytes=free_memory(),
                installed=installed(directory),
                runtime=runtime_installed(),
            )
        choices = own | ({NAME: choice} if choice and NAME not in settings.models else {})
        mark = watermark_key.made(settings.directory) if settings.watermark and choices else b""
        models = {name: EmbeddedModel(one, directory=directory, watermark=mark) for name, one in choices.items()}
        return cls(settings.directory, choices, choice.reason, models)

    def told(self) -> list[Resident]:
        """What the gateway needs to know of them."""
        return told(self.models)

    def start(self, say: Callable[[Bilingual], None]) -> None:
        """Starts all, and a thread that tells how they do: to the gateway, and in sentences by `say`."""
        say(self.reason)
        for model in self.models.values():
            model.run()
        if self.models:
            self._thread = threading.Thread(target=self._watch, args=(say,), name="sekisho-residents", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends all."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
        for model in self.models.values():
            model.stop()

    def _watch(self, say: Callable[[Bilingual], None]) -> None:
        last: dict[str, tuple[str, int]] = {}
        while not self._ending.wait(LOOK_S):
            now = {name: (model.state, int(model.share * 100) // STEP * STEP) for name, model in self.models.items()}
            if now == last:
                continue
            tell(self.directory, {name: _condition(name, model) for name, model in self.models.items()})
            for name, model in self.models.items():
                if now[name] != last.get(name):
                    say(_sentence(name, model))
            last = now


def told(models: Mapping[str, EmbeddedModel]) -> list[Resident]:
    """What is to be known of these models, by our name for them, to ask them anything."""
    return [
        Resident(name, model.choice.name, model.url, model.key, model.choice.sha256) for name, model in models.items()
    ]


def own_of(name: str, model: Model) -> Choice:
    """The file that the settings name for a model."""
    return Choice.own(model.model or name, Path(model.path), model.sha256)


def _condition(name: str, model: EmbeddedModel) -> Condition:
    return Condition(ready=True, note=READY) if model.ready() else Condition(ready=False, note=_sentence(name, model))


def _sentence(name: str, model: EmbeddedModel) -> Bilingual:
    why = model.fault or READY
    words = STATES[model.state]
    return {
        "ja": words["ja"].format(model=name, share=int(model.share * 100), why=why["ja"]),
        "en": words["en"].format(model=name, share=int(model.share * 100), why=why["en"]),
    }
