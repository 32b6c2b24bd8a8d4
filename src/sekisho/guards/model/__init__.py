"""Guards that are models behind an endpoint: prompts in their published formats, and what their answers mean.

One module for each format. Each has pure functions: `ask` makes the requests about a text, `read` turns an answer
into log-odds by category of our taxonomy, and whatever is not in the format raises `Malformed`. `guard` puts a format,
a model and a calibration together; `panel` asks the guards that a profile wants to hear where the cheap ones are
unsure. Nothing here opens a connection: the callable that completes a prompt is handed down from above.
"""
