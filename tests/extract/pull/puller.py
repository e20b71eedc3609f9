"""Pulls sections of a test site in a process of its own, which tests kill: `python -m tests.extract.pull.puller FILE`.

The file says where to (`home`, `load_id`) and what (`sources`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from extract.pull.kinds import MODELS
from extract.pull.pulling import pull
from gongkai.settings import Home
from tests.extract.pull.sites import connect


def main() -> None:
    """Pull the sources one after the other; say when all is done."""
    task = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for settings in task["sources"]:
        source = MODELS[settings["kind"]].model_validate(settings)
        pull(source, Home(Path(task["home"])), task["load_id"], connect=connect)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()
