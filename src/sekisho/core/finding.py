"""Findings: what a guard saw, where, and how surely."""

from dataclasses import dataclass

LIKELY = 0.5  # a score from which on a finding is likelier right than not


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that a guard saw in a text.

    Attributes:
        start: first code point of the text as received.
        end: one past the last code point, `start <= end`. A finding about the whole text spans it.
        category: dotted name from the taxonomy, e.g. `privacy.phone`.
        score: probability in [0, 1] that a competent reader would agree.
        guard: name of the guard that says so.
        note: which rule or view it came from; never the text that was found.
    """

    start: int
    end: int
    category: str
    score: float
    guard: str
    note: str = ""

    def __post_init__(self) -> None:
        if not (0 <= self.start <= self.end and 0.0 <= self.score <= 1.0):
            raise ValueError(f"finding out of range: {self.category} {self.start}–{self.end} {self.score}")

    @property
    def area(self) -> str:
        """The first part of the category's name."""
        return self.category.partition(".")[0]

    def within(self, prefix: str) -> bool:
        """Whether the category is `prefix` or lies under it (`privacy` holds `privacy.phone`)."""
        return self.category == prefix or self.category.startswith(prefix + ".")
