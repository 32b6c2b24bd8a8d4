"""What others may hold the operator to: audits of the record by somebody who needs to believe nobody.

Begin reading in audit.py.
"""
