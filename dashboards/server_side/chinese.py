"""Puts right what Superset's own Chinese lacks or gets wrong."""

from __future__ import annotations

import json
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
    answer = json.dumps(language_pack(), ensure_ascii=False)

    def answer_pack() -> Any:
        from flask import request

        if request.path != PACK:
            return None
        return app.response_class(answer, mimetype="application/json")

    app.before_request(answer_pack)


def language_pack() -> dict[str, Any]:
    """Superset's Chinese words (a Jed catalogue) with the corrections of `words.yaml`."""
    folder = Path(superset.__file__).parent / "translations" / "zh" / "LC_MESSAGES"
    pack: dict[str, Any] = json.loads((folder / "messages.json").read_text("utf-8"))
    corrections: dict[str, str] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
    pack["locale_data"]["superset"].update({english: [words] for english, words in corrections.items()})
    return pack
