"""Bars as numbers for an SVG (rules): the template writes them down, no style is set inline."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FOOT, LEFT = 900, 240, 40, 40
ROW, LABEL = 26, 320
CLASSES = ("bar-ok", "bar-denied", "bar-error")


@dataclass(frozen=True)
class Bar:
    """A value with its name; several parts are stacked."""

    name: str
    parts: tuple[int, ...]


@dataclass(frozen=True)
class Rect:
    """A rectangle of the drawing."""

    x: int
    y: int
    width: int
    height: int
    css: str


@dataclass(frozen=True)
class Text:
    """A word of the drawing."""

    x: int
    y: int
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class Drawing:
    """What the template draws."""

    width: int
    height: int
    rects: list[Rect]
    texts: list[Text]
    baseline: int
    newest_last: bool = False  # what matters most stands at the right end


def columns(bars: Sequence[Bar]) -> Drawing:
    """Stand the bars side by side, each stacked from its parts, every fifth named."""
    highest = max((sum(bar.parts) for bar in bars), default=0) or 1
    step = (WIDTH - LEFT) // max(len(bars), 1)
    room = HEIGHT - FOOT - 20
    rects, texts = [], [Text(LEFT - 6, 24, str(highest), "end"), Text(LEFT - 6, HEIGHT - FOOT, "0", "end")]
    texts.append(Text(WIDTH - 4, 14, f"highest: {highest}", "end"))  # the right end is what a narrow screen shows
    for number, bar in enumerate(bars):
        x, y = LEFT + number * step, HEIGHT - FOOT
        for part, css in zip(bar.parts, CLASSES, strict=False):
            tall = round(part / highest * room) or (1 if part else 0)
            y -= tall
            rects.append(Rect(x, y, max(step - 4, 1), tall, css))
        if (len(bars) - 1 - number) % 5 == 0:  # counted from the newest, which always bears its name
            texts.append(Text(x + step, HEIGHT - FOOT + 18, bar.name, "end"))
    return Drawing(WIDTH, HEIGHT, [each for each in rects if each.height], texts, HEIGHT - FOOT, newest_last=True)


def rows(bars: Sequence[Bar]) -> Drawing:
    """Lay the bars under each other, each with its name and number before it: a narrow screen shows the left end."""
    highest = max((sum(bar.parts) for bar in bars), default=0) or 1
    room = WIDTH - LABEL
    rects, texts = [], []
    for number, bar in enumerate(bars):
        y, value = number * ROW, sum(bar.parts)
        wide = round(value / highest * room) or (1 if value else 0)
        rects.append(Rect(LABEL, y + 4, wide, ROW - 8, "bar-plain"))
        texts.append(Text(LABEL - 8, y + 18, f"{bar.name} {value}", "end"))
    return Drawing(WIDTH, max(len(bars) * ROW, ROW), rects, texts, 0)
