"""Turns findings into verdicts: the taxonomy of findings, profiles that rule on them, and the words that explain it.

Knows nothing of guards, models or HTTP.
"""

from sekisho.policy.judge import judge
from sekisho.policy.load import Profiles
from sekisho.policy.profile import Profile, Rule
from sekisho.policy.taxonomy import Category, taxonomy, title

__all__ = ["Category", "Profile", "Profiles", "Rule", "judge", "taxonomy", "title"]
