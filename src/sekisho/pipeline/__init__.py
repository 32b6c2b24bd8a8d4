"""One exchange, from admission to record. `run.py` holds the numbered steps; every other file is one of them."""
