"""What others kept: receipts, proof files and checkpoints that a log must agree with."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from sekisho.governance.rejected import BundleRejected
from sekisho.ledger import keychange, tree
from sekisho.ledger.keychange import Known
from sekisho.ledger.note import Checkpoint, NoteRejected
from sekisho.ledger.proof import FIRST, Proof
from sekisho.ledger.regrown import Regrown
from sekisho.ledger.tiles import WIDTH
from sekisho.provenance import receipt as receipts
from sekisho.provenance.carried import receipt_in
from sekisho.provenance.receipt import Receipt
from sekisho.provenance.rejected import ReceiptRejected


class Evidence:
    """Waits for the entries that receipts speak of, and for the sizes at which checkpoints were signed."""

    def __init__(self, keys: Sequence[Known], size: int) -> None:
        """For the log that had these keys, and has `size` entries."""
        self._keys = keys
        self._size = size
        self._places: dict[int, list[tuple[str, int, bytes]]] = {}  # by bundle of entries: file, position, statement
        self._roots: dict[int, list[tuple[str, int, bytes]]] = {}  # by bundle of entries: file, size, root
        self._unplaced: dict[bytes, str] = {}  # by leaf hash
        self._admitted: dict[str, list[tuple[str, Receipt]]] = {}  # by exchange
        self.receipts = 0
        self.checkpoints = 0

    def add_receipt(self, file: str, raw: bytes) -> None:
        """A receipt or a proof file. Raises `BundleRejected` where it proves nothing, or the log does not reach it."""
        try:
            found, root = self._receipt(raw)
        except (ReceiptRejected, ValueError) as fault:
            raise BundleRejected(part="receipt", where=file) from fault
        self.receipts += 1
        if found.place is not None:
            if found.place.position >= self._size:
                raise BundleRejected(part="later", where=file)
            place = file, found.place.position, found.statement
            self._places.setdefault(found.place.position // WIDTH, []).append(place)
            if found.place.size <= self._size:  # else the receipt is younger than the bundle, which alone is no fault
                self._expect(file, found.place.size, root)
        elif found.get("kind") == "admission":
            self._admitted.setdefault(str(found.get("id")), []).append((file, found))
        else:
            self._unplaced[tree.leaf_hash(found.statement)] = file

    def add_checkpoint(self, file: str, raw: bytes) -> None:
        """A checkpoint of this log. Raises `BundleRejected` where it is none, or the log does not reach it."""
        try:
            found = keychange.opened(raw.decode(), self._keys)
        except (UnicodeDecodeError, NoteRejected) as fault:
            raise BundleRejected(part="checkpoint", where=file) from fault
        self.checkpoints += 1
        self._expect(file, found.size, found.root)

    def see(self, first: int, statements: Sequence[bytes], leaves: Sequence[bytes], grown: Regrown) -> None:
        """Compares what is known of the bundle of entries that begins at `first`. Raises `BundleRejected`."""
        index = first // WIDTH
        for file, position, statement in self._places.pop(index, ()):
            if statements[position - first] != statement:
                raise BundleRejected(part="missing", where=file)
        for file, size, root in self._roots.pop(index, ()):
            if grown.root_at(size) != root:
                raise BundleRejected(part="earlier", where=file)
        if self._unplaced:
            for leaf in self._unplaced.keys() & set(leaves):
                del self._unplaced[leaf]

    def hear(self, members: Mapping[str, Any]) -> None:
        """Compares an exchange's entry with the receipt that its stream began with. Raises `BundleRejected`."""
        if self._admitted:
            for file, admitted in self._admitted.pop(str(members.get("id")), ()):
                if any(members.get(name) != value for name, value in admitted.items() if name not in ("kind", "v")):
                    raise BundleRejected(part="contradicts", where=file)

    def end(self) -> list[str]:
        """The files of admissions whose exchange is not in the log. Raises `BundleRejected` for a missing receipt."""
        for file in self._unplaced.values():
            raise BundleRejected(part="missing", where=file)
        return [file for admitted in self._admitted.values() for file, _ in admitted]

    def _receipt(self, raw: bytes) -> tuple[Receipt, bytes]:
        """The receipt, and the root it proves its place by. Raises `ReceiptRejected` or `ValueError`."""
        if not raw.startswith(FIRST.encode()):
            found, key = receipts.verify_by(receipt_in(raw), self._keys)
            return found, Checkpoint.opened(_checkpoint(found.signed), key).root if found.place else b""
        proof = Proof.parse(raw.decode())
        statement = proof.extra
        if statement is None:
            raise ReceiptRejected(reason="statement")
        found, key = receipts.by_any(self._keys, lambda key: receipts.proven(statement, proof, key))
        return found, Checkpoint.opened(proof.checkpoint, key).root

    def _expect(self, file: str, size: int, root: bytes) -> None:
        if size > self._size:
            raise BundleRejected(part="later", where=file)
        if size:
            self._roots.setdefault((size - 1) // WIDTH, []).append((file, size, root))
        elif root != tree.EMPTY:
            raise BundleRejected(part="earlier", where=file)


def _checkpoint(receipt: str) -> str:
    """The checkpoint that a verified receipt of three parts ends with; empty for other receipts."""
    _, *rest = receipt.split(".")
    return base64.urlsafe_b64decode(rest[1] + "=" * (-len(rest[1]) % 4)).decode() if len(rest) == 2 else ""
