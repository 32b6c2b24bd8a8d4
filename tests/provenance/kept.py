"""A ledger with exchanges whose contents are kept, as the pipeline writes them."""

import json

from sekisho.ledger.record import Record
from sekisho.provenance.statement import canonical


def statement(number, **more):
    return {
        "v": 1,
        "kind": "exchange",
        "id": f"{number:026}",
        "time": "2026-11-28T00:00:00.000Z",
        "profile": "office",
        "model": "town-llm",
        "finish": "stop",
        "verdict": "pass",
        **more,
    }


def record(number, *texts, kept=True, codes=(), **more):
    """An exchange that gave these texts, one a choice, or a picture with these codes."""
    answer = [{"index": index, "content": text} for index, text in enumerate(texts)]
    answer += [{"index": 0, "media": "image/png", "sha256": "00", "iscc": list(codes)}] if codes else []
    content = json.dumps({"salt": "00", "request": {}, "answer": answer}).encode()
    return Record(f"{number:026}", canonical(statement(number, **more)), content if kept else None, None)
