"""Write a corpus: `python -m benchmarks.corpus --out DIR --seed N --families a,b --count K`.

Each family gets a folder with K documents and a `<document>.truth.json` beside each. The same seed gives
the same figures and texts; `--list` prints the families' names.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

from benchmarks.corpus.families import family_names, render_family


def main() -> None:
    """Read the arguments and write the corpus."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("--out", type=Path, help="folder to write into")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--families", default="", help="comma-separated; a name may end in *; default all")
    parser.add_argument("--count", type=int, default=6, help="documents a family")
    parser.add_argument("--list", action="store_true", help="print the families and stop")
    arguments = parser.parse_args()
    names = family_names(arguments.families)
    if arguments.list:
        print("\n".join(names))
        return
    if arguments.out is None:
        parser.error("--out is needed")
    for name in names:
        folder = arguments.out / name
        folder.mkdir(parents=True, exist_ok=True)
        for document in render_family(name, Random(f"{arguments.seed}/{name}"), arguments.count):
            path = folder / f"{document.stem}{document.suffix}"
            path.write_bytes(document.content)
            truth = json.dumps(document.truth, ensure_ascii=False, indent=1)
            path.with_name(f"{path.name}.truth.json").write_text(truth + "\n", encoding="utf-8")
        print(f"{name}\t{arguments.count}")


if __name__ == "__main__":
    main()
