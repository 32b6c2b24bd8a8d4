"""The record that nobody can quietly change: an append-only Merkle log in SQLite, its proofs and signed checkpoints.

Statements hold digests and verdicts, never personal data. Contents lie beside them, each encrypted under a key of its
own, so that they can be erased while every proof stays valid. Begin reading in ledger.py.
"""
