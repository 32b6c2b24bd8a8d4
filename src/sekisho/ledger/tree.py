"""The Merkle tree of RFC 6962, section 2.1, as arithmetic: which hashes a proof needs, and how they grow.

A *node* `(level, index)` is the hash over the leaves `index * 2**level` up to `(index + 1) * 2**level`, all present.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

Node = tuple[int, int]
EMPTY = sha256(b"").digest()


def leaf_hash(statement: bytes) -> bytes:
    """The hash of a leaf. Source: RFC 6962, 2.1."""
    return sha256(b"\x00" + statement).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node. Source: RFC 6962, 2.1."""
    return sha256(b"\x01" + left + right).digest()


def grow(size: int, frontier: Sequence[bytes], leaves: Iterable[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Adds leaf hashes to a tree of `size` leaves whose complete subtrees, largest first, have the hashes `frontier`.

    Returns, for each new leaf, its hash followed by those of all nodes that it completes, level by level; and the new
    frontier. So a node `(level, index)` is found with the last leaf below it, and nothing is stored twice.
    """
    stack = list(frontier)
    completed: list[bytes] = []
    for position, leaf in enumerate(leaves, size):
        top = hashes = leaf
        rest = position
        while rest & 1:
            top = sha256(b"\x01" + stack.pop() + top).digest()
            hashes += top
            rest >>= 1
        stack.append(top)
        completed.append(hashes)
    return completed, stack


def proofs(size: int, frontier: Sequence[bytes], leaves: Sequence[bytes]) -> tuple[bytes, list[list[bytes]]]:
    """What adding leaf hashes to a tree of `size` proves of them: its new root, and the inclusion proof of each.

    A proof is the hashes from the leaf upwards (RFC 6962, 2.1.1). No other node is read than the `frontier`: what
    stands left of a new leaf is complete, and the largest of its kind.
    """
    complete = list(frontier)
    nodes, first = list(leaves), size  # the nodes above new leaves, and the index of the first of them
    rows: list[tuple[list[bytes], int]] = []  # of each level, with the old node before them if the first one needs it
    while len(nodes) > 1:
        older = first & 1
        if older:
            nodes.insert(0, complete.pop())
        rows.append((nodes, older))
        last = nodes[len(nodes) & ~1 :]  # without a sibling it counts as a node of the next level
        nodes = [*map(node_hash, nodes[::2], nodes[1::2]), *last]
        first >>= 1
    above = [complete[::-1] for _ in nodes]  # of each node of the level above, what proves it
    for row, older in reversed(rows):
        end = len(row)
        above = [[row[at ^ 1], *above[at >> 1]] if at ^ 1 < end else above[at >> 1] for at in range(older, end)]
    return folded([*complete, *nodes]), above


def root_by(leaf: bytes, position: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root of the tree of `size` leaves in which `proof` shows the leaf hash to stand at `position`.

    Raises `ValueError` where the proof has not as many hashes as such a tree asks for. Source: RFC 9162, 2.1.3.2.
    """
    if not 0 <= position < size:
        raise ValueError("no such place in the tree")
    top = leaf
    for (start, _), sibling in zip(inclusion_ranges(position, size), proof, strict=True):
        top = node_hash(sibling, top) if start < position else node_hash(top, sibling)
    return top


def later_root(old: int, size: int, old_root: bytes, proof: Sequence[bytes]) -> bytes:
    """The root of the tree of `size` leaves that `proof` shows to begin with the tree of `old`, whose root is known.

    `0 < old <= size`. Raises `ValueError` where the proof does not fit. Source: RFC 9162, 2.1.4.2.
    """
    ranges = consistency_ranges(old, size)
    if len(ranges) != len(proof):
        raise ValueError("a consistency proof of another length")
    steps = list(zip(ranges, proof, strict=True))
    # Where the old tree is one complete subtree its root stands first; else the smallest subtree at its end does.
    start, before, after = 0, old_root, old_root
    if steps and old & (old - 1):
        (start, _), before = steps.pop(0)
        after = before
    for (left, _), sibling in steps:
        if left < start:
            start, before, after = left, node_hash(sibling, before), node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    if before != old_root:
        raise ValueError("a consistency proof for another tree")
    return after


def folded(hashes: Sequence[bytes]) -> bytes:
    """The hash over complete subtrees that stand side by side, largest first: a frontier's root."""
    if not hashes:
        return EMPTY
    top = hashes[-1]
    for left in reversed(hashes[:-1]):
        top = node_hash(left, top)
    return top


def cover(start: int, stop: int) -> list[Node]:
    """The complete nodes that make up the leaves `start` to `stop`, largest first.

    `start` is a multiple of the largest power of two that is at most `stop - start`, as in every range of a proof.
    """
    nodes: list[Node] = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def inclusion_ranges(position: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove that leaf `position` is in the tree of `size`, from the leaf upwards.

    Source: RFC 6962, 2.1.1 (`PATH`).
    """
    start, stop = 0, size
    ranges: list[tuple[int, int]] = []
    while stop - start > 1:
        middle = start + _split(stop - start)
        if position < middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, size: int) -> list[tuple[int, int]]:
    """The ranges of leaves whose hashes prove that the tree of `old` leaves is the beginning of that of `size`.

    `0 < old <= size`. Source: RFC 6962, 2.1.2 (`PROOF`).
    """
    start, stop = 0, size
    ranges: list[tuple[int, int]] = []
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            ranges.append((middle, stop))
            stop = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start > 0:
        ranges.append((start, stop))
    return ranges[::-1]


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << (width - 1).bit_length() - 1
