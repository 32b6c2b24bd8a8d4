"""Papers that anyone can check: canonical statements and the signed receipts made of them."""
