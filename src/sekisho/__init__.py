"""Sekisho (関所): a checkpoint for generative AI.

Everything that passes between people and models is inspected, judged by a readable policy, and recorded in a
log that anyone can verify. The way of one exchange is told in ARCHITECTURE.md.
"""

__version__ = "0.1.0"
