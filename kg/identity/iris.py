"""Addresses: which IRI stands for what. Deterministic, so that reading a report twice changes nothing."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from kg.errors import UsageError
from kg.vocabulary import BASE, IKG

_CATALOGUED = re.compile(r"/(?:attack|stix|misp)-[^/]+\Z")
_BASE = re.compile(r"^https?://[^\s<>\"{}|\\^`]+[/#]$")


class Addresses:
    """The IRIs of one base address.

    >>> a = Addresses()
    >>> a.thing("org", "microsoft")
    'https://w3id.org/incident-kg/id/org/microsoft'
    >>> a.local("microsoft-8k", "incident", "intrusion")
    'https://w3id.org/incident-kg/id/report/microsoft-8k/incident/intrusion'
    """

    def __init__(self, base: str = BASE) -> None:
        if not _BASE.match(base):
            raise UsageError(f"the base address {base!r} must start with http:// or https:// and end with / or #")
        self.base = base
        self.root = base + "id/"
        self.derived = self.root + "graph/derived"

    def report(self, report_id: str) -> str:
        """A report, which is also the name of its graph."""
        return f"{self.root}report/{report_id}"

    def reference(self, reference_id: str) -> str:
        """A reference file, which is also the name of its graph."""
        return f"{self.root}reference/{reference_id}"

    def thing(self, kind: str, thing_id: str) -> str:
        """A thing by kind and known id."""
        return f"{self.root}{kind}/{quote(thing_id, safe='._-')}"

    def local(self, report_id: str, kind: str, key: str) -> str:
        """A thing that is known in its report only."""
        return f"{self.root}report/{report_id}/{kind}/{quote(key, safe='._-')}"

    def technique(self, attack_id: str) -> str:
        """An ATT&CK technique."""
        return f"{self.root}technique/{attack_id}"

    def edge(self, subject: str, predicate: str, object_: str) -> str:
        """The record of a derived edge."""
        digest = hashlib.blake2b(f"{subject}\n{predicate}\n{object_}".encode(), digest_size=12).hexdigest()
        return f"{self.root}edge/{digest}"

    def result(self, name: str) -> str:
        """A saved result of an analysis, which is also the name of its graph."""
        return f"{self.root}result/{name}"

    def is_result(self, iri: str) -> bool:
        """Whether this is a saved result, or part of one."""
        return iri.startswith(f"{self.root}result/")

    def expand(self, name: str) -> str | None:
        """A written id (``org:microsoft``, ``report:…``) as its IRI; ``None`` if it is no written id."""
        kind, colon, rest = name.partition(":")
        if not colon or not rest or kind not in _KINDS:
            return None
        return f"{self.root}{kind}/{quote(rest, safe='._-/')}"

    def shorten(self, iri: str) -> str:
        """The written form of an IRI: ``org:microsoft``, ``ikg:victim``, else the IRI itself."""
        if iri.startswith(self.root):
            kind, _, rest = iri[len(self.root) :].partition("/")
            return f"{kind}:{rest}" if rest else iri
        return "ikg:" + iri[len(IKG) :] if iri.startswith(IKG) else iri


def is_catalogued(iri: str) -> bool:
    """Whether an address is made of a catalogue's own key: known everywhere, but given by the catalogue, not chosen by a person.

    >>> a = Addresses()
    >>> is_catalogued(a.thing("actor", "attack-g0016")), is_catalogued(a.thing("actor", "apt29"))
    (True, False)
    """
    return _CATALOGUED.search(iri) is not None


FAMILIES = {"actor": "actor", "incident": "incident", "org": "organization"}
"""Kind of id → the family that a sameness claim names: only things of one family can be one with another."""
_KINDS = frozenset(
    (
        "actor",
        "org",
        "person",
        "population",
        "incident",
        "campaign",
        "asset",
        "malware",
        "tool",
        "vulnerability",
        "product",
        "report",
        "reference",
        "technique",
        "edge",
        "graph",
        "result",
    )
)
