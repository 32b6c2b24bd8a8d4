"""Measuring what the guards find: held-out items, metrics with their error, one table."""
