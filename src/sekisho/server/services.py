"""Everything one worker process holds, put together in one place."""

import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from sekisho.core import heap
from sekisho.core.language import Bilingual
from sekisho.core.settings import Settings
from sekisho.guards.inspector import Inspector
from sekisho.guards.model.panel import Panel
from sekisho.guards.own import own_of
from sekisho.guards.protocol import load
from sekisho.ledger import rotation
from sekisho.ledger.keychange import Known, known
from sekisho.ledger.ledger import Ledger
from sekisho.ledger.signer import Signer
from sekisho.models.router import Models
from sekisho.pipeline import placeholders
from sekisho.pipeline.check import Checker
from sekisho.pipeline.label import Labels
from sekisho.pipeline.record import Recorder
from sekisho.pipeline.run import Pipeline
from sekisho.policy import kept
from sekisho.policy.load import Profiles
from sekisho.policy.profile import Profile
from sekisho.provenance.marks import Marker
from sekisho.server import judging, unsought
from sekisho.server.access import Access
from sekisho.server.door import Door
from sekisho.server.limits import Limits
from sekisho.server.log import WatchedLog
from sekisho.server.plan import Conditions, Plan
from sekisho.server.seeking import Seeking
from sekisho.server.switch import Switch
from sekisho.server.witnesses import Witnesses


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running checkpoint.

    Attributes:
        keys: all signing keys that the log ever had, the newest last.
        unsought: of the profiles in use, which rules have no effect with the guards that are loaded.
        held: keeps the signing key from being changed until it is closed.
    """

    plan: Plan
    conditions: Conditions
    profiles: Profiles
    access: Access
    limits: Limits
    switch: Switch
    ledger: Ledger
    log: WatchedLog
    signer: Signer
    keys: Sequence[Known]
    held: ExitStack
    witnesses: Witnesses
    models: Models
    door: Door
    checker: Checker
    pipeline: Pipeline
    seeking: Seeking
    unsought: tuple[Bilingual, ...]

    @classmethod
    def open(cls, plan: Plan) -> "Services":
        """Opens everything. Raises `ConfigurationError` or `IntegrityError`: better no checkpoint than half of one.

        What was open until then is closed.
        """
        settings = plan.settings
        directory = settings.directory
        profiles = Profiles([Path(name).expanduser() for name in settings.profiles])
        profiles.get(settings.profile)
        conditions = Conditions(plan)
        configured = plan.models()
        models = Models(
            configured,
            environ=plan.environ(os.environ),
            urls=conditions.url,
            reserved=judging.reserved(settings.model_guards),
        )
        with ExitStack() as undo:
            access = undo.enter_context(closing(Access(directory, settings=settings)))
            if plan.key:
                access.add_demonstration(plan.key)
            switch = undo.enter_context(closing(Switch(directory)))
            panel = judging.panel_of(settings, configured, judging.completion(models, switch), plan.inside())
            inspector = inspector_of(settings.guards, settings.guard_budget_s, panel, profiles.all)
            held = undo.enter_context(ExitStack())
            held.enter_context(rotation.signing(directory))
            signer = Signer.open(directory)
            skip = settings.ledger.unsafe_skip_sync
            ledger = undo.enter_context(
                closing(Ledger.open(directory, database=settings.database, signer=signer, sync=not skip))
            )
            keys = known(signer.verifier, rotation.check(ledger, signer))
            witnesses = Witnesses(ledger, signer, directory, settings.witnesses)
            limits = Limits(directory)
            kept.keep(directory, profiles)
            labels = Labels(Marker.open(directory), page_of(settings))
            undo.pop_all()  # nothing failed, so it stays open until `close`
        log = WatchedLog(ledger, directory)
        recorder = Recorder(log, signer, weights=plan.weights())

        return cls(
            plan,
            conditions,
            profiles,
            access,
            limits,
            switch,
            ledger,
            log,
            signer,
            keys,
            held,
            witnesses,
            models,
            Door(access, profiles, settings.profile, settings.language),
            Checker(inspector),
            Pipeline(inspector, models, recorder, switch.stopped, settings.strict_models, labels, plan.inside()),
            Seeking(directory, plan.seeker),
            tuple(unsought.sentences(settings, inspector.guards, profiles)),
        )

    async def close(self) -> None:
        """Closes everything that is open; what was appended to the ledger is durable before."""
        await self.models.close()
        self.ledger.close()
        self.limits.close()
        self.switch.close()
        self.access.close()
        self.held.close()


def page_of(settings: Settings) -> str:
    """Where people can verify a text."""
    host = f"[{settings.listen.host}]" if ":" in settings.listen.host else settings.listen.host
    return settings.marks.url or f"http://{host}:{settings.listen.port}/verify"


def inspector_of(
    guards: list[str],
    budget_s: float,
    panel: Panel | None = None,
    profiles: Iterable[Profile] = (),
    *,
    growing: bool = True,
) -> Inspector:
    """The inspector with the named guards, and the terms of these profiles; `growing`: also for streamed answers.

    Raises `ConfigurationError` for a guard that does not load and for a pattern in a profile that is none.
    """
    heap.map_large()
    with heap.uncollected():
        if growing:
            placeholders.prepare()
        rules = [placeholders.rule()]
        own = own_of(profiles)
        return Inspector(load(guards), budget_s=budget_s, rules=rules, own=own, panel=panel, growing=growing)
