"""Speaks HTTP: the API of OpenAI's shape, the first page, and what operators look at.

`app.py` shows the way in: `/v1/chat/completions` goes straight to `chat.py`, everything else through `routes.py`.
"""
