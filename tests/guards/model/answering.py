"""Answers as servers write them."""

import json
import math


def chat(text, tokens=()):
    """A chat completion; `tokens` are pairs of a token and the probabilities of what could have stood there."""
    content = [
        {
            "token": token,
            "logprob": 0.0,
            "bytes": None,
            "top_logprobs": [
                {"token": other, "logprob": math.log(chance), "bytes": None} for other, chance in table.items()
            ],
        }
        for token, table in tokens
    ]
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"choices": [choice | ({"logprobs": {"content": content}} if tokens else {})]}).encode()


def prompted(text, table):
    """A plain completion in the older form."""
    tops = {other: math.log(chance) for other, chance in table.items()}
    logprobs = {"tokens": [text], "token_logprobs": [0.0], "top_logprobs": [tops], "text_offset": [0]}
    return json.dumps({"choices": [{"index": 0, "text": text, "logprobs": logprobs}]}).encode()
