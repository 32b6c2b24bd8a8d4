"""What every layer speaks of: exchanges, texts and their views, findings, verdicts, settings, errors.

Knows nothing of policy, models or storage. Standard library, plus a YAML reader for settings.
"""
