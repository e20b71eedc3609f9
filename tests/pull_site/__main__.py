"""The test site in a process of its own: `python -m tests.pull_site [--reports N] [--port P]`.

Prints one line of JSON (port; sections; addresses and sha256 of all reports) and serves until its standard input ends.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.pull_site import PullSite


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=2_090)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    with PullSite(arguments.reports, arguments.port) as site:
        truth = {address: found.sha256 for address, found in site.truth.items()}
        sections = {
            name: {"kind": section.kind, "address": section.address, "hosts": list(section.hosts)}
            for name, section in site.sections.items()
        }
        print(json.dumps({"port": site.port, "sections": sections, "truth": truth}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
