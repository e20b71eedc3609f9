"""Sources divided among mapped tasks: thousands of sources must fit Airflow's limit, and no host be asked twice at once."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Mapping
from typing import Final

SOURCES_A_TASK: Final = "GONGKAI_SOURCES_A_TASK"
"""Environment variable: how many sources a mapped task pulls (default 20); such a task costs a second by itself."""
TASKS_AT_MOST: Final = 1000
"""Below Airflow's `max_map_length` (1024)."""


def sources_a_task() -> int:
    """How many sources a mapped task pulls."""
    return max(1, int(os.environ.get(SOURCES_A_TASK) or 20))


def batch_sources(
    hosts: Mapping[str, Iterable[str]], size: int, at_most: int = TASKS_AT_MOST
) -> list[list[str]]:
    """Divide sources into batches of about equal size.

    Sources that ask a common host are in one batch, since tasks that run at the same time know nothing of one another
    and a host is asked by one at a time.

    Args:
        hosts: the hosts that each source asks, by the source's name; none for a folder.
        size: sources a batch, exceeded where hosts are shared or there would be too many batches.
        at_most: so many batches at most.

    Returns:
        Names by batch, each once, in the order given; the same input gives the same batches.

    Raises:
        ValueError: a size or limit below one.
    """
    if size < 1 or at_most < 1:
        raise ValueError("a batch holds one source at least, and there is one batch at least")
    wanted = min(at_most, -(-len(hosts) // size))
    groups = sorted(_sharing_hosts(hosts), key=lambda group: (-len(group), group[0]))
    batches: list[list[int]] = [[] for _ in range(min(wanted, len(groups)))]
    fill = [(0, number) for number in range(len(batches))]
    for group in groups:
        held, number = heapq.heappop(fill)
        batches[number] += group
        heapq.heappush(fill, (held + len(group), number))
    names = list(hosts)
    return [[names[index] for index in sorted(batch)] for batch in sorted(batches, key=min)]


def _sharing_hosts(hosts: Mapping[str, Iterable[str]]) -> list[list[int]]:
    """Groups of sources (by their number) that are connected by common hosts."""
    leader = list(range(len(hosts)))

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    first: dict[str, int] = {}
    for index, asked in enumerate(hosts.values()):
        for host in asked:
            leader[find(index)] = find(first.setdefault(host.lower(), index))
    groups: dict[int, list[int]] = {}
    for index in range(len(hosts)):
        groups.setdefault(find(index), []).append(index)
    return list(groups.values())
