"""The opening of a receipt: what its holder can show a text with, and the log does not hold.

The log states one digest for the request and one for the answer. Each covers a *list* of digests: of the whole, then
of its parts (the messages, or the choices). The caller takes both lists home behind the receipt, with the salt:

    RECEIPT~SALT~LIST OF THE REQUEST~LIST OF THE ANSWER

A list is `n.` and SHA-256 digests, 32 bytes each, joined, in base64url without padding; `n` is how many parts there
are. A request's list holds the digests of its last 16 messages; where there are more, one digest over all earlier ones
stands before them. An answer's list holds those of its first 16 choices; it is empty where there is no answer yet.

Each digest has a salt of its own before the text: the k-th of a request the 16 bytes from 16·(k mod 4) on of SHA-512
over the salt and the byte k div 4, the k-th of an answer the same with the byte 8 + k div 4. So one part can be shown
to somebody who then can neither read nor guess the others: the salt gives way to its digest, the *commitment*, and the
part's own salt stands at the end.

    RECEIPT~COMMITMENT~LIST~LIST~NAME.SALT OF THAT PART

What the statement says is SHA-256 over the text `COMMITMENT~LIST`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

LAST = 16  # messages, or choices, that have a digest of their own
REQUEST, ANSWER, EARLIER = "request", "answer", "earlier"
SALT, DIGEST = 16, 32  # bytes
_OF_ANSWER = 8  # the block of salts with which those of an answer begin
_URL = bytes.maketrans(b"+/", b"-_")
_LIST = re.compile(r"(0|[1-9][0-9]{0,6})\.([A-Za-z0-9_-]{43,768})")
_SHOWN = re.compile(r"(request|answer|earlier|m[0-9]{1,7}|c[0-9]{1,2})\.([A-Za-z0-9_-]{22})")

_hash, _hash_of_four = hashlib.sha256, hashlib.sha512


class Part(NamedTuple):
    """A part of an exchange.

    Attributes:
        name: `request` or `answer` for the whole; `m0` is the first message, `c0` the first choice; `earlier` all
            messages before those that have a digest of their own.
        role: who wrote a message; empty for other parts, which do not say.
    """

    name: str
    role: str = ""


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return binascii.b2a_base64(raw, newline=False).translate(_URL, b"=").decode()


def digest(raw: bytes) -> str:
    """SHA-256 in base64url without padding."""
    return encoded(_hash(raw).digest())


def of_request(salt: bytes, raw: bytes, messages: Sequence[Any]) -> str:
    """The list of a request. `raw` is its body byte for byte, `messages` what stands in it, as decoded JSON."""
    count = len(messages)
    own = _own_salts(salt, 0, min(count, LAST) + 2)
    listed = [_hash(own[0] + raw).digest()]
    if count > LAST:
        listed.append(_hash(own[1] + canonical(messages[: count - LAST])).digest())
    for message in messages[-LAST:]:
        listed.append(_hash(own[len(listed)] + _of_message(message["role"], message.get("content"))).digest())
    return f"{count}.{encoded(b''.join(listed))}"


def of_answer(salt: bytes, choices: Sequence[dict[str, Any]]) -> str:
    """The list of an answer, the choices of which are in the form of `answered.choices`.

    The first digest is that of all but the texts, which have their own.
    """
    own = _own_salts(salt, _OF_ANSWER, min(len(choices), LAST) + 1)
    listed = [_hash(own[0] + canonical(rest(choices))).digest()]
    for choice in choices[:LAST]:
        listed.append(_hash(own[len(listed)] + text_of(choice)).digest())
    return f"{len(choices)}.{encoded(b''.join(listed))}"


def rest(choices: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The choices without the texts that have a digest of their own."""
    bare = [{name: value for name, value in one.items() if name != "content"} for one in choices[:LAST]]
    return [*bare, *choices[LAST:]] if len(choices) > LAST else bare


def text_of(choice: dict[str, Any]) -> bytes:
    """The text of a choice in UTF-8, empty where it has none."""
    return told(choice.get("content"))


def written(salt: bytes, request: str, answer: str = "") -> str:
    """An opening that shows everything, as it stands behind the receipt and a `~`."""
    return f"{encoded(salt)}~{request}~{answer}"


def stated(commitment: str, listed: str) -> str:
    """What the statement says of a request or an answer that has this list."""
    return digest(f"{commitment}~{listed}".encode())


def told(content: object) -> bytes:
    """The text of a message or choice in UTF-8; of a content that is no string, its JSON with sorted keys."""
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    return b"" if content is None else canonical(content)


def canonical(value: object) -> bytes:
    """JSON without spaces, with sorted keys."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening of a receipt, as it was written.

    Attributes:
        salt: of the whole exchange; None where only one part is shown.
        commitment: the digest of that salt.
        request: the list of the request.
        answer: the list of the answer, empty where there is none.
        shown: name and own salt of the part that is shown, where there is no `salt`.
    """

    salt: bytes | None
    commitment: str
    request: str
    answer: str = ""
    shown: tuple[str, bytes] | None = None

    @classmethod
    def parse(cls, text: str) -> "Opening":
        """Reads what stands behind the first `~`. Raises `ValueError` for anything that is not spelled so."""
        first, *more = text.split("~")
        if len(more) not in (2, 3) or not _is_list(more[0], folded=1) or (more[1] and not _is_list(more[1], folded=0)):
            raise ValueError("not an opening")
        if len(more) == 2:
            salt = _salt_of(first, SALT)
            return cls(salt, digest(salt), more[0], more[1])
        named = _SHOWN.fullmatch(more[2])
        if named is None:
            raise ValueError("not an opening")
        _salt_of(first, DIGEST)
        return cls(None, first, more[0], more[1], (named[1], _salt_of(named[2], SALT)))

    def __str__(self) -> str:
        if self.salt is not None:
            return written(self.salt, self.request, self.answer)
        name, own = self.shown or ("", b"")
        return f"{self.commitment}~{self.request}~{self.answer}~{name}.{encoded(own)}"

    def only(self, name: str) -> "Opening":
        """The opening that shows this part and no other. Raises `KeyError` where there is none or it is not open."""
        own = self.own(name)
        if own is None:
            raise KeyError(name)
        return Opening(None, self.commitment, self.request, self.answer, (name, own))

    def own(self, name: str) -> bytes | None:
        """The own salt of a part; None where it is not open."""
        if self.salt is None:
            return self.shown[1] if self.shown is not None and self.shown[0] == name else None
        place = self._places().get(name)
        return None if place is None else _own_salts(self.salt, place[0], place[1] + 1)[place[1]]

    def listed(self, name: str) -> bytes | None:
        """The digest of a part; None where there is none."""
        place = self._places().get(name)
        if place is None:
            return None
        digests = _decoded(self.answer if place[0] else self.request)
        return digests[DIGEST * place[1] : DIGEST * (place[1] + 1)]

    @property
    def names(self) -> list[str]:
        """The names of all parts that have a digest."""
        return list(self._places())

    def _places(self) -> dict[str, tuple[int, int]]:
        """By name: the first block of the list's salts, and the place in the list."""
        count = _count(self.request)
        first = max(count - LAST, 0)
        asked = [REQUEST, *([EARLIER] if first else []), *(f"m{at}" for at in range(first, count))]
        places = {name: (0, at) for at, name in enumerate(asked)}
        if self.answer:
            given = [ANSWER, *(f"c{at}" for at in range(min(_count(self.answer), LAST)))]
            places |= {name: (_OF_ANSWER, at) for at, name in enumerate(given)}
        return places

    def part(self, name: str, text: bytes, roles: Sequence[str] = ("",)) -> Part | None:
        """The part of this name if `text` is its text, written in one of these roles; None if it is not."""
        own, wanted = self.own(name), self.listed(name)
        if own is None or wanted is None:
            return None
        for role in roles:
            before = own + role.encode() + b"\n" if role else own
            if _hash(before + text).digest() == wanted:
                return Part(name, role)
        return None


def _own_salts(salt: bytes, block: int, count: int) -> list[bytes]:
    """The salts of the first `count` digests of a list."""
    joined = _hash_of_four(salt + bytes((block,))).digest()
    for later in range(block + 1, block + (count + 3) // 4):
        joined += _hash_of_four(salt + bytes((later,))).digest()
    return [joined[at : at + SALT] for at in range(0, SALT * count, SALT)]


def _of_message(role: str, content: object) -> bytes:
    if isinstance(content, str):
        return f"{role}\n{content}".encode("utf-8", "surrogatepass")
    return role.encode() + b"\n" + told(content)


def _count(listed: str) -> int:
    return int(listed.partition(".")[0])


def _decoded(listed: str) -> bytes:
    return _raw(listed.partition(".")[2])


def _is_list(text: str, *, folded: int) -> bool:
    """Whether as many digests stand there as the count demands; `folded` stand for all parts beyond `LAST`."""
    found = _LIST.fullmatch(text)
    if found is None:
        return False
    count = int(found[1])
    return len(_raw(found[2])) == DIGEST * (1 + min(count, LAST) + (folded if count > LAST else 0))


def _raw(text: str) -> bytes:
    """Raises `ValueError` for what `encoded` would not have written."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)) if text.isascii() else b""
    if encoded(raw) != text:
        raise ValueError("not base64url")
    return raw


def _salt_of(text: str, size: int) -> bytes:
    raw = _raw(text)
    if len(raw) != size:
        raise ValueError("not a salt or digest")
    return raw
