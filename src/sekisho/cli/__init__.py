"""The command line: `sekisho serve | check | verify | profile | ledger | model | key | stop …`."""
