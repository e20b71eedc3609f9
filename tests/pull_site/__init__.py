"""A test site of more than 2,000 reports on loopback: `PullSite`, its resolver and its network."""

from tests.pull_site.faults import CRAWL_DELAY, OWN_HOSTS, Fault, fault_names
from tests.pull_site.hosts import SITE_NETWORK, resolve
from tests.pull_site.server import Visit
from tests.pull_site.site import PullSite, Section, Truth

__all__ = [
    "CRAWL_DELAY",
    "OWN_HOSTS",
    "SITE_NETWORK",
    "Fault",
    "PullSite",
    "Section",
    "Truth",
    "Visit",
    "fault_names",
    "resolve",
]
