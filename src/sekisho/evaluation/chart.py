"""Charts of shares as SVG: a frame with two labelled axes from nought to some share, and what is drawn in it.

The drawing holds its own colours and no script, font or link, so it can be shown anywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from sekisho.evaluation.metrics import Figure

WIDTH, HEIGHT = 720, 520
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 84, 68  # margins
REACHES = (0.05, 0.1, 0.2, 0.5, 1.0)
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans JP', 'Noto Sans CJK JP', sans-serif"
STYLE = """
.card{fill:#fbf8f1;stroke:#d9cfba} .field{fill:#fff;stroke:#a9997f} .grid{stroke:#ece4d4}
.guide{stroke:#a9997f;stroke-dasharray:5 5}
text{fill:#262019;font-size:15px} .title{font-size:18px;font-weight:700}
.tick{font-size:13px;fill:#6a5c4a} .mid{text-anchor:middle} .end{text-anchor:end}
.blue{stroke:#24487a;fill:#24487a} .red{stroke:#a8371f;fill:#a8371f}
.green{stroke:#2c6a4a;fill:#2c6a4a} .band{fill:#dfe8f3;stroke:none}
.line{fill:none;stroke-width:2.5} .whisker{stroke-width:1.8}
"""


@dataclass(frozen=True, slots=True)
class Axis:
    """What one axis shows, and the share at which it ends, in (0, 1]."""

    label: str
    most: float


@dataclass(frozen=True, slots=True)
class Frame:
    """The field of a chart."""

    title: str
    description: str
    x: Axis
    y: Axis

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where two shares are in the drawing, in its units; beyond an axis: at its end."""
        across, up = min(1.0, x / self.x.most), min(1.0, y / self.y.most)
        return (
            round(LEFT + across * (WIDTH - LEFT - RIGHT), 1),
            round(HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM), 1),
        )

    def points(self, shares: Iterable[tuple[float, float]]) -> str:
        """Places as the attribute `points` of a line."""
        return " ".join(f"{x:g},{y:g}" for x, y in (self.place(*one) for one in shares))

    def line(self, shares: Iterable[tuple[float, float]], kind: str) -> str:
        """A line through shares; `kind` are its classes."""
        return f'<polyline class="{kind}" points="{self.points(shares)}"/>'

    def band(self, upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
        """What lies between two lines."""
        return f'<polygon class="band" points="{self.points([*upper, *reversed(lower)])}"/>'

    def cross(self, x: Figure, y: Figure, colour: str) -> str:
        """A point with its intervals in both directions."""
        return self.dot(x.value, y, colour) + self.line([(x.low, y.value), (x.high, y.value)], f"whisker {colour}")

    def dot(self, x: float, y: Figure, colour: str) -> str:
        """A point with its interval upwards and downwards."""
        across, up = self.place(x, y.value)
        whisker = self.line([(x, y.low), (x, y.high)], f"whisker {colour}")
        return f'{whisker}<circle class="{colour}" cx="{across:g}" cy="{up:g}" r="5"/>'

    def svg(self, drawn: Sequence[str], legend: Sequence[tuple[str, str]]) -> str:
        """The whole drawing; `legend`: colours with what they stand for."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-labelledby="t d" font-family="{FONT}">'
        )
        parts = [
            head,
            f'<title id="t">{escape(self.title)}</title>',
            f'<desc id="d">{escape(self.description)}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="card" x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="14"/>',
            f'<text class="title" x="24" y="34">{escape(self.title)}</text>',
            *self._field(),
            *drawn,
            *_legend(legend),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _field(self) -> list[str]:
        (left, bottom), (right, top) = self.place(0, 0), self.place(self.x.most, self.y.most)
        parts = [f'<rect class="field" x="{left}" y="{top}" width="{right - left:g}" height="{bottom - top:g}"/>']
        for step in range(6):
            x, y = self.place(self.x.most * step / 5, self.y.most * step / 5)
            parts += [
                f'<path class="grid" d="M{x:g} {top:g}V{bottom:g}M{left:g} {y:g}H{right:g}"/>',
                f'<text class="tick mid" x="{x:g}" y="{bottom + 20:g}">{self.x.most * step * 20:g} %</text>',
                f'<text class="tick end" x="{left - 8:g}" y="{y + 5:g}">{self.y.most * step * 20:g} %</text>',
            ]
        middle = (top + bottom) / 2
        parts += [
            f'<text class="mid" x="{(left + right) / 2:g}" y="{HEIGHT - 20}">{escape(self.x.label)}</text>',
            f'<text class="mid" x="24" y="{middle:g}" transform="rotate(-90 24 {middle:g})">'
            f"{escape(self.y.label)}</text>",
        ]
        return parts


def reach(shares: Iterable[float]) -> float:
    """Where an axis ends that shows all of these shares."""
    most = max(shares, default=1.0)
    return next(end for end in REACHES if most <= end + 1e-9)


def _legend(legend: Sequence[tuple[str, str]]) -> list[str]:
    parts: list[str] = []
    x = float(LEFT)
    for colour, words in legend:
        parts.append(f'<circle class="{colour}" cx="{x + 6:g}" cy="61" r="5"/>')
        parts.append(f'<text class="tick" x="{x + 18:g}" y="66">{escape(words)}</text>')
        x += 40 + sum(13 if ord(one) > 0x2E7F else 7 for one in words)
    return parts
