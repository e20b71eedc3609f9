"""Polite and safe HTTP: what a source's kind asks for goes through `WebClient` and comes back as a `Fetch`."""

from extract.pull.web.address import Address, BadAddressError, host_matches, parse_address
from extract.pull.web.archive import WarcArchive, read_archived
from extract.pull.web.client import WebClient
from extract.pull.web.network import AddressPolicy, Resolver, system_resolver
from extract.pull.web.problem import ERROR_CLASSES
from extract.pull.web.results import Answer, Fetch, Outcome, Validators
from extract.pull.web.settings import Operator, Politeness

__all__ = [
    "ERROR_CLASSES",
    "Address",
    "AddressPolicy",
    "Answer",
    "BadAddressError",
    "Fetch",
    "Operator",
    "Outcome",
    "Politeness",
    "Resolver",
    "Validators",
    "WarcArchive",
    "WebClient",
    "host_matches",
    "parse_address",
    "read_archived",
    "system_resolver",
]
