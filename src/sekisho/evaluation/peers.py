"""Other packages that look for the same things, measured like guards, where they are installed.

Sekisho does not depend on any of them: what is absent is not listed. A peer reports what it reports by its own
settings, so all its findings count, with a score of 1. It is shown the sets about places of its areas only, and what it
finds of a kind that no category here is like does not count, neither for nor against it.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sekisho.core.errors import ConfigurationError
from sekisho.core.finding import Finding
from sekisho.evaluation.guards import Row, Seen, measured
from sekisho.evaluation.items import Item, ItemSet, language_of

Mark = tuple[int, int, str]  # start, end, the peer's own word for what stands there
Watch = Callable[[str], Iterator[Mark]]

TOKEN = re.compile(r"[\w.-]*", re.ASCII)
REDACTED = "******"  # what LLM Guard writes for a secret

PRIVACY = frozenset({"privacy"})
SECRET = frozenset({"secret"})

PRESIDIO = {
    "CREDIT_CARD": "privacy.credit_card",
    "EMAIL_ADDRESS": "privacy.email",
    "IBAN_CODE": "privacy.bank_account",
    "IP_ADDRESS": "privacy.ip_address",
    "LOCATION": "privacy.address",
    "MAC_ADDRESS": "privacy.mac_address",
    "PERSON": "privacy.person_name",
    "PHONE_NUMBER": "privacy.phone",
    "UK_NHS": "privacy.health_insurance",
    "US_BANK_NUMBER": "privacy.bank_account",
    "US_DRIVER_LICENSE": "privacy.drivers_license",
    "US_PASSPORT": "privacy.passport",
}
SCRUBADUB = {
    "credit_card": "privacy.credit_card",
    "drivers_licence": "privacy.drivers_license",
    "email": "privacy.email",
    "phone": "privacy.phone",
    "postalcode": "privacy.postal_code",
    "twitter": "privacy.account",
    "vehicle_licence_plate": "privacy.license_plate",
}
DATAFOG = {
    "CREDIT_CARD": "privacy.credit_card",
    "DATE": "privacy.date_of_birth",  # as it calls what it looks for as DOB
    "EMAIL": "privacy.email",
    "IP_ADDRESS": "privacy.ip_address",
    "PHONE": "privacy.phone",
    "ZIP_CODE": "privacy.postal_code",
}
# What is only said to be a secret, such as a string of high entropy, may be any kind of one.
DETECT_SECRETS = {
    "AWS Access Key": "secret.api_key",
    "Basic Auth Credentials": "secret.connection_string",
    "JSON Web Token": "secret.token",
    "OpenAI Token": "secret.api_key",
    "Private Key": "secret.private_key",
    "SendGrid API Key": "secret.api_key",
    "Stripe Access Key": "secret.api_key",
    "Twilio API Key": "secret.api_key",
    "Public IP (ipv4)": "",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A package that looks for places.

    Attributes:
        package: its name as a distribution.
        areas: what it looks for at all.
        kinds: our category for its words; one that is missing is `usual`, and an empty one counts for nothing.
        start: loads it and gives a function that looks at one text.
    """

    package: str
    areas: frozenset[str]
    kinds: dict[str, str]
    start: Callable[[], Watch]
    usual: str = ""

    @property
    def version(self) -> str:
        """The installed version; empty where it is not installed."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return ""


def rows(peer: Peer, given: Sequence[ItemSet]) -> list[Row]:
    """One row for each set about places that has something the peer looks for.

    Raises `ConfigurationError` where the peer is installed and fails.
    """
    mine = [one for one in given if one.by_place and peer.areas & set(one.areas)]
    if not mine:
        return []
    try:
        watch = peer.start()
        return [_named(peer, one, watch) for one in mine]
    except Exception as fault:
        what = f"fails: {type(fault).__name__}: {fault}"
        raise ConfigurationError(where=f"peer {peer.package} {peer.version}", what=what) from fault


def installed() -> list[Peer]:
    """The peers that are here."""
    return [peer for peer in PEERS if peer.version]


def _named(peer: Peer, given: ItemSet, watch: Watch) -> Row:
    named = ItemSet(f"{given.name}: {peer.package} {peer.version}", given.items, given.by_place)
    return measured(named, lambda items: [_seen(peer, item, watch) for item in items])


def _seen(peer: Peer, item: Item, watch: Watch) -> Seen:
    marks = ((start, end, peer.kinds.get(word, peer.usual)) for start, end, word in watch(item.text))
    return Seen(item, tuple(Finding(start, end, kind, 1.0, peer.package) for start, end, kind in marks if kind))


def _loaded(name: str) -> Any:
    """A module that may be of any version; what it gives is checked where it is used."""
    return import_module(name)


def _presidio() -> Watch:
    """Presidio with its pattern recognisers, and with a language model where one of its usual ones is installed.

    Telephone numbers are read as Japanese, British and American ones. It keeps findings from 0.4 on, where its
    telephone numbers begin: 0, 0.2 and 0.5 give it no clearly better F1 here.
    """
    spacy, analyzer, registry = _loaded("spacy"), _loaded("presidio_analyzer"), _loaded("presidio_analyzer.nlp_engine")
    extract = _loaded("tldextract.tldextract")
    extract.TLD_EXTRACTOR = extract.TLDExtract(suffix_list_urls=())  # a measurement asks nothing of the network
    engine = registry.SpacyNlpEngine(models=[{"lang_code": one, "model_name": "none"} for one in ("en", "ja")])
    engine.nlp = {
        "en": _model(spacy, "en_core_web_lg", "en_core_web_md", "en_core_web_sm"),
        "ja": _model(spacy, "ja_core_news_trf", "ja_core_news_lg", "ja_core_news_md", "ja_core_news_sm"),
    }
    known = analyzer.RecognizerRegistry(supported_languages=["en", "ja"])
    known.load_predefined_recognizers(languages=["en", "ja"], nlp_engine=engine)
    known.remove_recognizer("PhoneRecognizer")
    phone = _loaded("presidio_analyzer.predefined_recognizers").PhoneRecognizer
    for language in ("en", "ja"):
        known.add_recognizer(phone(supported_regions=("JP", "GB", "US"), supported_language=language))
    asked = analyzer.AnalyzerEngine(registry=known, nlp_engine=engine, supported_languages=["en", "ja"])

    def watch(text: str) -> Iterator[Mark]:
        for one in asked.analyze(text, language=language_of(text), score_threshold=0.4):
            yield one.start, one.end, one.entity_type

    return watch


def _model(spacy: Any, *names: str) -> Any:
    here = [name for name in names if spacy.util.is_package(name)]
    return spacy.load(here[0]) if here else spacy.blank("xx")


def _scrubadub() -> Watch:
    scrubbers = {
        "ja": _loaded("scrubadub").Scrubber(locale="ja_JP"),
        "en": _loaded("scrubadub").Scrubber(locale="en_GB"),
    }

    def watch(text: str) -> Iterator[Mark]:
        for one in scrubbers[language_of(text)].iter_filth(text):
            for part in getattr(one, "filths", [one]):  # what overlaps comes merged
                yield part.beg, part.end, part.type

    return watch


def _datafog() -> Watch:
    os.environ["DATAFOG_NO_TELEMETRY"] = "1"  # it reports its use to its makers otherwise
    scan = _loaded("datafog.engine").scan

    def watch(text: str) -> Iterator[Mark]:
        for one in scan(text, engine="regex").entities:
            yield one.start, one.end, one.type

    return watch


def _detect_secrets() -> Watch:
    """It reads files, so each text becomes one; it tells lines and values, which are looked up there.

    Of some tokens it tells the first letters only; they are taken as told in full. Of a private key it marks one line.
    """
    collection, settings = _loaded("detect_secrets").SecretsCollection, _loaded("detect_secrets.settings")

    def watch(text: str) -> Iterator[Mark]:
        with TemporaryDirectory() as directory, settings.default_settings():
            file = Path(directory) / "text.txt"
            file.write_bytes(text.encode("utf-8", "surrogatepass"))
            found = collection()
            found.scan_file(str(file))
        lines = text.splitlines(keepends=True)
        for _, one in found:
            before = sum(map(len, lines[: one.line_number - 1]))
            start = text.find(one.secret_value, before)
            if start >= 0:
                yield start, ends(text, start + len(one.secret_value)), one.type

    return watch


def ends(text: str, end: int) -> int:
    """Where the token ends that a mark breaks off in."""
    found = TOKEN.match(text, end)
    return found.end() if found else end


def _llm_guard() -> Watch:
    """Its scanner for secrets, which needs no weights from the network; it gives the text with secrets hidden."""
    _loaded("llm_guard.util").configure_logger("ERROR")  # else it writes to standard output
    scanner = _loaded("llm_guard.input_scanners").Secrets()

    def watch(text: str) -> Iterator[Mark]:
        yield from hidden(text, scanner.scan(text)[0])

    return watch


def hidden(text: str, given: str) -> Iterator[Mark]:
    """The places of `text` that stand as asterisks in `given`."""
    first, *others = given.split(REDACTED)
    start = len(first)
    for other in others:
        end = text.find(other, start) if other else len(text)
        yield start, end, "secret"
        start = end + len(other)


PEERS = (
    Peer("presidio-analyzer", PRIVACY, PRESIDIO, _presidio),
    Peer("scrubadub", PRIVACY, SCRUBADUB, _scrubadub),
    Peer("datafog", PRIVACY, DATAFOG, _datafog),
    Peer("detect-secrets", SECRET, DETECT_SECRETS, _detect_secrets, usual="secret"),
    Peer("llm-guard", SECRET, {}, _llm_guard, usual="secret"),
)
