"""The door: who is it, under which profile, and in which language do we speak?"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from sekisho.core.errors import ProfileNotAllowed
from sekisho.core.fixed import fixed
from sekisho.core.language import Language, preferred
from sekisho.pipeline.passage import Caller
from sekisho.policy.load import Profiles
from sekisho.policy.profile import Profile
from sekisho.server.access import ANY_PROFILE, Access, Key

Header = tuple[bytes, bytes]
language_of = lru_cache(1024)(preferred)


@fixed
class Visitor:
    """Somebody with a valid key."""

    key: Key
    caller: Caller


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in those who have a key.

    Attributes:
        profile: the profile of keys that may use any and name none.
        language: of callers who do not say which they prefer.
    """

    access: Access
    profiles: Profiles
    profile: str
    language: Language

    def visitor(self, headers: Iterable[Header], profile: str = "") -> Visitor:
        """Who sends these headers. Raises `UnknownKey` or `ProfileNotAllowed`.

        The profile is `profile`, else the header `Sekisho-Profile`, else the key's first. The language is the
        profile's own, else what `Accept-Language` prefers, else the settings'.
        """
        found = dict(headers)
        key = self.access.identify(found.get(b"authorization", b"").decode("latin-1"))
        wanted = profile or found.get(b"sekisho-profile", b"").decode("latin-1").strip()
        chosen = self._profile(key, wanted)
        language = chosen.language or language_of(found.get(b"accept-language", b"").decode("latin-1"), self.language)
        return Visitor(key, Caller(key.name, chosen, language, found.get(b"sekisho-explain") == b"1"))

    def speaks(self, headers: Iterable[Header]) -> Language:
        """The language for somebody who was not let in."""
        for name, value in headers:
            if name == b"accept-language":
                return language_of(value.decode("latin-1"), self.language)
        return self.language

    def _profile(self, key: Key, wanted: str) -> Profile:
        free = key.profiles == ANY_PROFILE
        name = wanted or (self.profile if free else key.profiles[0])
        if name not in self.profiles or not (free or name in key.profiles):
            raise ProfileNotAllowed(profile=ascii(name[:80])[1:-1])
        return self.profiles.get(name)
