"""Two guards of a third party: one function, one frozen dataclass."""

from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.core.exchange import Stage
from sekisho.core.finding import Finding
from sekisho.core.text import Text
from sekisho.guards.protocol import Context, guard

NUMBER = 7


@guard("sample", Stage.ENTRY)
def shouting(text: Text, context: Context) -> Sequence[Finding]:
    """Finds texts in capitals."""
    loud = text.received.isupper()
    return [Finding(0, len(text), "contract.language", 0.9, "sample")] if loud else []


@dataclass(frozen=True, slots=True)
class Long:
    """Finds texts of more than `limit` code points."""

    name: str = "sample-class"
    stages: frozenset[Stage] = frozenset({Stage.ENTRY, Stage.EXIT})
    limit: int = 10

    async def inspect(self, text: Text, context: Context) -> Sequence[Finding]:
        """One finding over the whole of a long text."""
        return [Finding(0, len(text), "contract.length", 1.0, self.name)] if len(text) > self.limit else []
