"""llama.cpp as the engine, asked through its own server: chances of the next token, prompts, tokens and texts."""

import http.client
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from sekisho.models.watermark.generation import MOST_CANDIDATES, Candidate, EngineRefused

# Names under which vocabularies have the tokens that end an answer; llama.cpp knows them by the same names.
ENDS = (
    "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>",
    "<|end_of_text|>", "<|end_of_turn|>", "<|endofturn|>", "<|eos|>", "<turn|>", "</s>", "<eos>", "<EOT>", "[EOS]",
    "<end_of_utterance>", "<｜end▁of▁sentence｜>", "<|END_OF_TURN_TOKEN|>",
)  # fmt: skip
PLAIN = {"Content-Type": "application/json"}


class LlamaEngine:
    """llama.cpp's own server at `address` (host and port), for whoever has `key`."""

    def __init__(self, address: str, key: str) -> None:
        """Asks nothing yet."""
        self._address = address
        self._key = key
        self.ends: frozenset[int] = frozenset()

    def learn_ends(self) -> None:
        """Asks which tokens end an answer. Others that do are learnt when the server draws one."""
        single = [found[0] for name in ENDS if len(found := self.tokens(name, special=True)) == 1]
        self.ends |= frozenset(single)

    def candidates(
        self, tokens: Sequence[int], slot: int, sampling: Mapping[str, Any], *, afresh: bool = False
    ) -> list[Candidate]:
        """As the protocol says; at most a hundred, their chances being those after temperature, top-p and the rest.

        The server draws too. If it draws a token that ends within a character, it tells no chances: then its own draw
        is the only candidate. Otherwise candidates that end so are left out. Both together keep every chance as it is.
        """
        asked = {
            **sampling,
            "prompt": list(tokens),
            "n_predict": 1,
            "n_probs": MOST_CANDIDATES,
            "post_sampling_probs": True,
            "return_tokens": True,
            "cache_prompt": not afresh,
            "id_slot": slot,
        }
        answered = self._told("/completion", asked)
        drawn: list[int] = answered["tokens"]
        if answered["stop_type"] == "eos" and drawn[0] not in self.ends:
            self.ends |= {drawn[0]}
        steps = answered.get("completion_probabilities")
        if not steps:
            return [Candidate(drawn[0], None, 1.0)]
        found = [Candidate(one["id"], bytes(one["bytes"]), one["prob"]) for one in steps[0]["top_probs"]]
        return [one for one in found if one.raw is not None and not within_character(one.raw)]

    def prompt(self, body: Mapping[str, Any]) -> list[int]:
        """The tokens of a chat, in the model's own template. Raises `EngineRefused`."""
        shaped = {name: body[name] for name in ("messages", "chat_template_kwargs") if name in body}
        return self.tokens(self._told("/apply-template", shaped)["prompt"], special=True)

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """The tokens of a text; `special` also reads those that are written out, such as `<|im_end|>`, as one."""
        asked = {"content": text, "add_special": special, "parse_special": special}
        return cast("list[int]", self._told("/tokenize", asked)["tokens"])

    def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens; what is not whole ends in U+FFFD."""
        return str(self._told("/detokenize", {"tokens": list(tokens)})["content"])

    @contextmanager
    def passed_on(self, method: str, path: str, body: bytes) -> Generator[http.client.HTTPResponse]:
        """What the engine's own server answers to a request."""
        connection = http.client.HTTPConnection(self._address)
        try:
            connection.request(method, path, body or None, {**PLAIN, "Authorization": f"Bearer {self._key}"})
            yield connection.getresponse()
        finally:
            connection.close()

    def _told(self, path: str, asked: Mapping[str, Any]) -> Any:
        with self.passed_on("POST", path, json.dumps(asked).encode()) as response:
            raw = response.read()
            if response.status != http.client.OK:
                raise EngineRefused(response.status, raw)
            return json.loads(raw)


def within_character(raw: bytes) -> bool:
    """Whether bytes end before a character's last byte, as llama.cpp judges it (UTF-8)."""
    for size, byte in enumerate(reversed(raw[-4:]), 1):
        if byte & 0xC0 != 0x80:
            return size < (4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1)
    return False
