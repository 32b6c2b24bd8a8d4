"""Marks: what says in a text or a file itself that it came through here, and finds that again.

`text` marks texts, invisibly; `selectors` is the alphabet of such marks and takes them out of what comes in. `Marker`
makes and finds them, `stripped` removes them.
"""

from sekisho.provenance.marks.selectors import stripped, suspicious
from sekisho.provenance.marks.text import Mark, Marker, found

__all__ = ["Mark", "Marker", "found", "stripped", "suspicious"]
