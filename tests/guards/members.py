"""Texts that a pattern matches, generated from the pattern itself.

For one of our patterns it takes much longer to make such a strategy than to draw from it, so each is made once. They
are deferred, since Hypothesis makes `from_regex(…)` again for each `from_regex(…).filter(…)`.
"""

import re
from functools import cache

from hypothesis import strategies as st

from sekisho.guards import closure


@cache
def members(pattern):
    """Of what a pattern matches without look-around, as closure.py reads it; without lone surrogates."""
    whole = pythonic(closure.superset(closure.parse(pattern)))
    made = st.from_regex(whole, fullmatch=True).filter(lambda text: not re.search("[\ud800-\udfff]", text))
    return st.deferred(lambda: made)


def pythonic(source):
    """A pattern that was written for RE2, for `re`."""
    escaped = re.compile(r"\\x\{([0-9a-f]+)\}")
    return re.compile(escaped.sub(lambda f: re.escape(chr(int(f[1], 16))) if f[1] != "5d" else "\\]", source), re.ASCII)


@cache
def texts_of(pattern):
    """Of what `re` matches with a pattern as it stands."""
    made = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    return st.deferred(lambda: made)
