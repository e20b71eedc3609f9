"""Read every configuration file of the project, as `python -m tests.faults.read_files FAULTS.json` in a copy of it.

For each fault the file is changed in a process of its own and read by whoever reads it; the answer is printed as JSON: fault -> what
was said, null if nobody minded.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from alerts.alert import kinds
from dashboards.spec import load_spec
from expectations.suite import load_suite, vocabulary
from extract.form import load_form
from extract.form.dictionary import load_dictionary
from extract.pull import load_source
from extract.pull.page_rules import page_rules
from extract.recognise import claims
from gongkai.settings import PROJECT_ROOT
from publish.notice.wording import load_wording
from publish.postgres.layout import Physical
from publish.seeds import stale_seeds
from publish.sheets.content import sheet_specs


def _claims() -> object:
    return claims.claim_patterns()


def _seeds() -> None:
    if stale := stale_seeds():
        raise ValueError(f"not what the form makes: {stale}")


READERS: Mapping[str, Callable[[], object]] = {
    "sources/": lambda: load_source("samples"),
    "extract/form/claims.yaml": _claims,
    "extract/form/dictionary.yaml": load_dictionary,
    "extract/form/": load_form,
    "extract/pull/page_rules.yaml": page_rules,
    "expectations/suites/landing.yaml": lambda: load_suite("landing"),
    "expectations/suites/marts.yaml": lambda: load_suite("marts"),
    "expectations/vocabulary.yaml": vocabulary,
    "alerts/kinds.yaml": kinds,
    "dashboards/": load_spec,
    "publish/notice/wording.yaml": load_wording,
    "publish/postgres/indexes.yaml": Physical.load,
    "publish/sheets/sheets.yaml": sheet_specs,
    "dbt_project/seeds/": _seeds,
}


def main() -> None:
    faults: list[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    print(json.dumps({fault["fault"]: _answer(fault) for fault in faults}, ensure_ascii=False))


def _answer(fault: dict[str, Any]) -> str | None:
    """What the reader of a file says of a fault in it; asked in a process that has read nothing yet."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, (_read(fault) or "").encode()[:60_000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        said = answer.read().decode(errors="replace")
    os.waitpid(child, 0)
    return said or None


def _read(fault: dict[str, Any]) -> str | None:
    path = PROJECT_ROOT / fault["file"]
    text = path.read_text("utf-8")
    changed = text.replace(fault["find"], fault["put"], 1) if fault["find"] else text + fault["append"]
    assert changed != text, fault["fault"]
    [reader] = [reader for start, reader in READERS.items() if fault["file"].startswith(start)][:1]
    path.write_text(changed, "utf-8")
    try:
        reader()
    except Exception as error:  # noqa: BLE001 - the answer is what is asked for
        return f"{type(error).__name__}: {error}"
    finally:
        path.write_text(text, "utf-8")
    return None


if __name__ == "__main__":
    main()
