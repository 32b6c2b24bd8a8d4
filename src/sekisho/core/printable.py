"""Words of strangers on a terminal: nothing of them moves its cursor, begins a line or turns the order of letters."""


def printable(text: str) -> str:
    """The text with U+FFFD for each control, format or line-breaking character."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
