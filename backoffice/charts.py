"""Bars drawn as SVG on the server: no script, readable in print and by a screen reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 180
LEFT, BOTTOM, TOP = 64, 24, 12
GAP = 0.28
TICKS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``before`` is the same figure a period earlier, or None."""

    label: str
    value: int
    says: str
    before: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    x: str
    y: str
    width: str
    height: str
    label: str
    label_x: str
    says: str
    url: str
    before_y: str
    before_x2: str
    shows_label: bool
    below: bool


@dataclass(frozen=True, slots=True)
class Tick:
    y: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Drawn, ...]
    ticks: tuple[Tick, ...]
    zero: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def draw(
    bars: Sequence[Bar], *, most_labels: int = 14, money: bool = True, width: int = WIDTH
) -> Chart:
    """Lay out bars over a common zero; values below it hang down."""
    values = [bar.value for bar in bars] + [bar.before or 0 for bar in bars]
    size = _step(max([*values, 0]) - min([*values, 0]))
    top = -(-max([*values, 0]) // size) * size
    low = min([*values, 0]) // size * size
    span = (top - low) or 1
    room = HEIGHT - BOTTOM - TOP

    def at(value: float) -> float:
        return TOP + (top - value) * room / span

    step = (width - LEFT) / max(len(bars), 1)
    every = max(1, -(-len(bars) // most_labels))
    drawn = tuple(
        _drawn(bar, LEFT + index * step, step, at=at, shows_label=index % every == 0)
        for index, bar in enumerate(bars)
    )
    marks = range(low, top + 1, size)
    ticks = tuple(Tick(f"{at(mark):.1f}", _short(mark, money=money)) for mark in marks)
    return Chart(drawn, ticks, f"{at(0):.1f}", width=width)


def _drawn(
    bar: Bar, left: float, step: float, *, at: Callable[[float], float], shows_label: bool
) -> Drawn:
    x, width = left + step * GAP / 2, step * (1 - GAP)
    high, deep = at(max(bar.value, 0)), at(min(bar.value, 0))
    # A small figure is still to be seen.
    least = 1.5 if bar.value else 0
    return Drawn(
        x=f"{x:.1f}",
        y=f"{high:.1f}",
        width=f"{width:.1f}",
        height=f"{max(deep - high, least):.1f}",
        label=bar.label,
        label_x=f"{x + width / 2:.1f}",
        says=bar.says,
        url=bar.url,
        before_y=f"{at(bar.before):.1f}" if bar.before else "",
        before_x2=f"{x + width:.1f}",
        shows_label=shows_label,
        below=bar.value < 0,
    )


def _step(span: int) -> int:
    """The distance between two ticks: a round figure, so that about four of them cover the span."""
    least = max(-(-span // TICKS), 1)
    power: int = 10 ** (len(str(least)) - 1)
    return next(each * power for each in (1, 2, 5, 10) if each * power >= least)


def _short(value: int, *, money: bool) -> str:
    """An axis figure: minor units as whole major ones, thousands as k."""
    major = value / 100 if money else value
    sign, size = ("−" if major < 0 else ""), abs(major)
    if size >= 1_000_000:
        return f"{sign}{size / 1_000_000:g}m"
    if size >= 1_000:
        return f"{sign}{size / 1_000:g}k"
    return f"{sign}{size:g}"
