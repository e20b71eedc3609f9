"""Put the documents of a corpus through the programs that people put reports through; score the results like any corpus.

    python -m benchmarks.convert CORPUS OUT [--with PYTHON] [--families html_plain,docx_merged,pdf_ruled] [--count 4]
    python -m benchmarks.score OUT

The programs are listed in `converters.yaml`, with what provides them; those that are not on the machine, or not among the packages
of PYTHON, are left out with a sentence. A result keeps the truth of the document it was made of, so a converter that loses
something shows as missing or doubtful cells, and must never show as silent ones.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

SECONDS = 120
"""A converter that takes longer over one document is given up."""


def main() -> None:
    """Convert what the command line names and say what could not be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path, help="a folder of families")
    parser.add_argument("out", type=Path, help="where a folder a converter is written")
    parser.add_argument("--with", dest="python", default=sys.executable, help="interpreter with the packages")
    parser.add_argument("--families", default="html_plain,html_word,html_single,docx_merged,docx_single,"
                        "pdf_ruled,pdf_no_borders,pdf_office,pdf_pages_plain")  # fmt: skip
    parser.add_argument("--count", type=int, default=4, help="documents of each family")
    chosen = parser.parse_args()
    converters = yaml.safe_load((Path(__file__).parent / "converters.yaml").read_text(encoding="utf-8"))
    documents = list(_documents(chosen.corpus, chosen.families.split(","), chosen.count))
    for name, converter in converters.items():
        fitting = [path for path in documents if path.suffix == f".{converter['takes']}"]
        for path in fitting:
            fault = _convert(path, chosen.out / name, converter, chosen.python)
            if fault:
                sys.stderr.write(f"{name}: {path.name}: {fault} (needs {converter['needs']})\n")
                break


def _documents(corpus: Path, families: list[str], count: int) -> Iterator[Path]:
    for family in families:
        truths = sorted((corpus / family).glob("*.truth.json"))[:count]
        yield from (path.with_name(path.name.removesuffix(".truth.json")) for path in truths)


def _convert(path: Path, folder: Path, converter: Mapping[str, Any], python: str) -> str:
    """Convert one document; what went wrong, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"{path.stem}.{converter['gives']}"
    words = [
        word.replace("{in}", str(path)).replace("{out}", str(out)).replace("{python}", python)
        for word in converter["command"]
    ]
    try:
        done = subprocess.run(words, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode not in (0, 3):  # qpdf says 3 where it had a warning
        return done.stderr.decode(errors="replace").strip().splitlines()[-1] if done.stderr else "failed"
    if not any("{out}" in word for word in converter["command"]):
        out.write_bytes(done.stdout)
    shutil.copy(path.with_name(f"{path.name}.truth.json"), folder / f"{out.name}.truth.json")
    return ""


if __name__ == "__main__":
    main()
