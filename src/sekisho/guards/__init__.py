"""What looks at texts: the guard protocol, pattern guards with their rules, and the inspector that asks them all.

A guard returns findings and decides nothing; profiles decide (see `sekisho.policy`).
"""
