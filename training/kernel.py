"""Kernel machines over the embeddings of the package's own model, as task.py trains one."""

import hashlib

import numpy as np
import train
from numpy.typing import NDArray
from sklearn.svm import SVC

from sekisho.guards import meaning
from sekisho.guards.kernel import Examples

KEPT = 1000  # embeddings that are made between one writing of the cache and the next
STEP = 0.0075  # of an embedding less the mean, in 8 bits: a smaller one tells no more, and takes more room
EVERY = 20  # of the rows, one of which shows what rounding does to scores


def embedded(texts: list[str]) -> NDArray[np.float32]:
    """The embeddings by the package's own model, `(texts, 384)`, kept in .cache/."""
    return kept(texts, "untaught", meaning.as_shipped)


def kept(texts: list[str], name: str, embedder: meaning.Embedder) -> NDArray[np.float32]:
    """The embeddings, `(texts, 384)`. They are kept in .cache/ under this name, since to make them takes minutes."""
    cache = train.CACHE / f"embeddings-{name}.npz"
    keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
    known: dict[str, NDArray[np.float32]] = {}
    if cache.exists():
        with np.load(cache, allow_pickle=False) as arrays:
            known = dict(zip(arrays["keys"].tolist(), arrays["rows"], strict=True))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    for number, (key, text) in enumerate(missing.items(), 1):
        known[key] = embedder.embedded(text)
        if number % KEPT == 0 or number == len(missing):
            print(f"  embeddings: {number} of {len(missing)}", flush=True)
            cache.parent.mkdir(exist_ok=True)
            np.savez(cache, keys=np.asarray(list(known)), rows=np.stack(list(known.values())))
    return np.stack([known[key] for key in keys])


def rounded(made: SVC, rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], float]:
    """A machine's examples in 8 bits, and its bias.

    Thousands of examples, each a little beside its place, move all scores the same way (by 0.25, seen where a step is
    worth 0.005). What they do to some of the rows that were learnt from is taken back.
    """
    examples = np.round(made.support_vectors_ / STEP).clip(-127, 127).astype(np.int8)
    some = rows[::EVERY]
    near = np.exp(-made._gamma * Examples(examples, STEP).squares(some)) @ made.dual_coef_[0]
    return examples, float((made.decision_function(some) - near).mean())
