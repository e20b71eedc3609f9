"""Charts as inline SVG, with what they show in words. Texts come in escaped; everything else written here is a number."""

from __future__ import annotations

from collections.abc import Sequence

from publish.bulletin.page import Bar, Line

_BAR_WIDTH, _BAR_HEIGHT = 120.0, 10.0
_THINNEST = 2.0
"""What is there but rare must still be seen."""
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 360.0, 120.0, 44.0, 18.0, 8.0


def bar_svg(bar: Bar, words: str) -> str:
    """A bar cut into its parts; empty if there is nothing to show."""
    whole = bar.whole or sum(count for _, count, _ in bar.parts)
    if not whole:
        return ""
    drawn, x = "", 0.0
    for _, count, kind in bar.parts:
        share = _BAR_WIDTH * count / whole
        shown = max(share, _THINNEST) if count else 0.0
        if shown:
            left = min(x, _BAR_WIDTH - shown)
            drawn += f'<rect class="{kind}" x="{left:.1f}" width="{shown:.1f}" height="{_BAR_HEIGHT:.0f}"/>'
        x += share
    return (
        f'<svg class="bar" viewBox="0 0 {_BAR_WIDTH:.0f} {_BAR_HEIGHT:.0f}" preserveAspectRatio="none" role="img"'
        f' aria-label="{words}"><title>{words}</title>{drawn}</svg>'
    )


def line_svg(line: Line, words: str) -> str:
    """A line over loads: dots joined where neighbours are known, the highest value and both ends of the axis named."""
    known = [value for value in line.values if value is not None]
    if not known:
        return ""
    top = max(known) or 1.0
    points = [(_x(index, len(line.values)), value) for index, value in enumerate(line.values)]
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{_y(value, top):.1f}" r="2.5"/>'
        for x, value in points
        if value is not None
    )
    path = _path([(x, None if value is None else _y(value, top)) for x, value in points])
    base = _HEIGHT - _BOTTOM
    axis = f'<path class="axis" d="M{_LEFT:.0f} {_TOP:.0f}V{base:.0f}H{_WIDTH - 8:.0f}"/>'
    labels = (
        f'<text x="{_LEFT - 5:.0f}" y="{_TOP + 8:.0f}" text-anchor="end">{top:.3g}</text>'
        f'<text x="{_LEFT - 5:.0f}" y="{base:.0f}" text-anchor="end">0</text>'
    )
    return (
        f'<svg class="line" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{words}">'
        f'<title>{words}</title>{axis}{labels}<path class="trace" d="{path}"/>{dots}</svg>'
    )


def _x(index: int, number: int) -> float:
    room = _WIDTH - _LEFT - 16
    return _LEFT + 4 + (room * index / (number - 1) if number > 1 else room / 2)


def _y(value: float, top: float) -> float:
    return (_HEIGHT - _BOTTOM) - (_HEIGHT - _BOTTOM - _TOP) * value / top


def _path(points: Sequence[tuple[float, float | None]]) -> str:
    drawn, pen = [], "M"
    for x, y in points:
        if y is None:
            pen = "M"  # a gap: nothing is known of this load
        else:
            drawn.append(f"{pen}{x:.1f} {y:.1f}")
            pen = "L"
    return "".join(drawn)
