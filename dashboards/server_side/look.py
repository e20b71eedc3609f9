"""Colours, fonts and the mark in the corner."""

from __future__ import annotations

from urllib.parse import quote

FONTS = (
    "Inter, 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'Source Han Sans SC', "
    "'WenQuanYi Zen Hei', sans-serif"
)
PALETTE = (
    "#1f5f99",
    "#3f9c8f",
    "#e0a030",
    "#c8553d",
    "#7d6fb3",
    "#6b7f92",
    "#8fb339",
    "#b36a8e",
    "#4bb0d6",
    "#a0855b",
)
CHARTS = {"sequential": ("#eaf2f9", "#c3dbee", "#8fbbdd", "#5595c6", "#2b73ad", "#154c7c")}
_MARK = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 96 32'>"
    "<rect width='30' height='30' y='1' rx='6' fill='#1f5f99'/>"
    "<path d='M8 22V14m5 8V9m5 13v-6m5 6V11' stroke='#fff' stroke-width='3' stroke-linecap='round'/>"
    "<text x='38' y='23' font-size='21' font-weight='600' fill='#1f3a57' font-family='sans-serif'>公开</text></svg>"
)
LOGO = "data:image/svg+xml," + quote(_MARK)
