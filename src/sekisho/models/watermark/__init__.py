"""A keyed watermark in the text of models that run here: put in as tokens are drawn, found again with the key.

The scheme (`scheme`) knows token numbers only; `generation` draws tokens with it, `front` serves that as OpenAI's
protocol inside the model's process, `key` keeps the secret.
"""
