"""Fuzzy look-up of passages: which stored texts share a piece with this one, also after editing.

Nothing here keeps text. An index holds keyed hashes of short pieces, and a stolen one says nothing without its key.
It serves the verifier today, and is made for finding quotations, copyright and leaked prompts as well. Begin reading
in index.py.
"""
