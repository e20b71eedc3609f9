"""How fast documents come from a site without limits: `python benchmarks/pull.py [--reports N] [--rounds N] [--whole]`.

The test site runs in a process of its own. The web client alone: every document is asked for over loopback with the
pauses off and the archive on, one thread a host. `--whole`: the way a load takes (`pull_sources`), lists, detail
pages, state, store and landing included. The first round is a first night, the following ones are conditional
(`--whole`: every round a first night in a new home).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import types
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script from anywhere

from unittest import mock  # noqa: E402

from extract.pull import pulling  # noqa: E402
from extract.pull.kinds import MODELS  # noqa: E402
from extract.pull.web import Outcome, Politeness, Validators, WarcArchive, WebClient  # noqa: E402
from gongkai.settings import Home  # noqa: E402
from tests.extract.pull.sites import connect, settings_of  # noqa: E402
from tests.pull_site import SITE_NETWORK, resolve  # noqa: E402


@dataclass
class Night:
    """What one round took."""

    documents: int
    seconds: float
    cpu: float
    resident: int
    outcomes: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        counted = ", ".join(f"{count} {name}" for name, count in sorted(self.outcomes.items()))
        return (
            f"{self.documents / self.seconds:7.0f} documents/s  {self.cpu / self.documents * 1e3:5.2f} ms CPU each"
            f"  {self.resident / 2**20:6.1f} MB resident  ({counted})"
        )


def main() -> None:
    """Start the site, ask for everything some times, print a line a round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reports", type=int, default=2_090)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fresh", action="store_true", help="every round is a first night")
    parser.add_argument("--whole", action="store_true", help="the whole puller, as a load uses it")
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "tests.pull_site", "--reports", str(arguments.reports)]
    with (
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as site,
        tempfile.TemporaryDirectory() as folder,
    ):
        if site.stdout is None or site.stdin is None:
            raise RuntimeError("the site has no pipes")
        told = json.loads(site.stdout.readline())
        served = psutil.Process(site.pid)
        truth = {a: sha for a, sha in told["truth"].items() if urlsplit(a).hostname not in ("faults.test",)}
        known: dict[str, Validators] = {}
        for number in range(1, arguments.rounds + 1):
            before = served.cpu_times().user + served.cpu_times().system
            if arguments.whole:
                night = pull_whole(told["sections"], truth, Path(folder) / str(number))
            else:
                night = pull(truth, {} if arguments.fresh else known, Path(folder), f"load-{number}")
            after = served.cpu_times().user + served.cpu_times().system
            print(
                f"round {number}: {night.line()}; the site itself {(after - before) / night.documents * 1e3:.2f} ms"
            )
        site.stdin.close()


def pull(truth: dict[str, str], known: dict[str, Validators], root: Path, load_id: str) -> Night:
    """Ask for every document once; `known` is read and filled.

    Raises:
        RuntimeError: a document is not what the site has.
    """
    by_host: dict[str, list[str]] = defaultdict(list)
    for address in truth:
        by_host[str(urlsplit(address).hostname)].append(address)
    polite = Politeness(delay_seconds=0, allowed_private=(SITE_NETWORK,))
    outcomes: dict[str, int] = defaultdict(int)
    began, cpu = time.perf_counter(), time.process_time()

    def host(addresses: list[str]) -> list[str]:
        found = []
        for address in addresses:
            fetch = client.get(address, validators=known.get(address))
            if fetch.outcome is Outcome.fetched and fetch.answer is not None:
                if hashlib.sha256(fetch.answer.content).hexdigest() != truth[address]:
                    raise RuntimeError(f"{address} is not what the site has")
                known[address] = fetch.answer.validators
            found.append(str(fetch.outcome))
        return found

    with (
        WarcArchive(root, load_id, "benchmark") as archive,
        WebClient(polite, None, archive, own_hosts=by_host, resolver=resolve) as client,
        ThreadPoolExecutor(len(by_host)) as pool,
    ):
        for found in pool.map(host, by_host.values()):
            for outcome in found:
                outcomes[outcome] += 1
    took, used = time.perf_counter() - began, time.process_time() - cpu
    return Night(len(truth), took, used, psutil.Process().memory_info().rss, dict(outcomes))


def pull_whole(sections: dict[str, dict[str, object]], truth: dict[str, str], root: Path) -> Night:
    """Pull all sections but the faulty one into a new home.

    Raises:
        RuntimeError: not every document was landed.
    """
    told = types.SimpleNamespace(
        sections={name: types.SimpleNamespace(**each) for name, each in sections.items()}
    )
    named = {name: settings_of(told, name) for name in sections if name != "faults"}  # type: ignore[arg-type]
    sources = {name: MODELS[each["kind"]].model_validate(each) for name, each in named.items()}
    began, cpu = time.perf_counter(), time.process_time()
    with mock.patch.object(pulling, "load_source", sources.__getitem__):
        results = pulling.pull_sources(list(sources), Home(root), "L1", connect=connect)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    landed = sum(result.documents for result in results)
    if landed != len(truth):
        raise RuntimeError(f"{landed} of {len(truth)} documents were landed")
    outcomes: dict[str, int] = defaultdict(int)
    for result in results:
        for outcome, count in result.outcomes.items():
            outcomes[outcome] += count
    return Night(landed, took, used, psutil.Process().memory_info().rss, dict(outcomes))


if __name__ == "__main__":
    main()
