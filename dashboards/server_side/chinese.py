"""Puts right what Superset's own Chinese lacks or gets wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import superset
import yaml

PACK = "/superset/language_pack/zh/"


def install(app: Any) -> None:
    """Superset's `FLASK_APP_MUTATOR`: answer the browser's question for the Chinese words with ours put in.

    Args:
        app: the Flask application.
    """
    answer = json.dumps(language_pack(), ensure_ascii=False).encode("utf-8")
    superset_answers = app.wsgi_app

    def answers(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PACK:
            others: Iterable[bytes] = superset_answers(environ, start)
            return others
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    app.wsgi_app = answers


def language_pack() -> dict[str, Any]:
    """Superset's Chinese words (a Jed catalogue) with the corrections of `words.yaml`."""
    folder = Path(superset.__file__).parent / "translations" / "zh" / "LC_MESSAGES"
    pack: dict[str, Any] = json.loads((folder / "messages.json").read_text("utf-8"))
    corrections: dict[str, str] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
    pack["locale_data"]["superset"].update({english: [words] for english, words in corrections.items()})
    return pack
