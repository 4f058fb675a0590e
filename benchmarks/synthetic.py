"""A synthetic graph of any size with the shape of the real one.

The shape is what ``shape.json`` holds: for each kind of edge how many there are and how many edges each end has, measured from the
VERIS and ATT&CK packs (``python -m benchmarks.synthetic`` measures again). A graph of a wanted size keeps the proportions of the kinds
and these distributions; who is joined to whom is drawn at random (the configuration model of Newman, Strogatz and Watts 2001).
Catalogues (techniques, malware, tools) do not grow with the graph, so that their entries become hubs.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyoxigraph import RdfFormat, Store

from benchmarks.common import shared_pack, veris_records, write_lines
from kg.identity.iris import Addresses
from kg.vocabulary import IKG, PREFIXES

SHAPE = Path(__file__).with_name("shape.json")
SAMENESS = ("sameActorAs", "sameIncidentAs", "sameOrganizationAs")
Places = npt.NDArray[np.int64]

# measuring


def measured_shape() -> dict[str, Any]:
    """The shape of the packs: for each kind of edge its number, and how many subjects and objects have how many of them."""
    from kg.workspace import create_workspace

    with tempfile.TemporaryDirectory() as base:
        workspace = create_workspace(Path(base) / "veris")
        workspace.ingest([write_lines(veris_records(), Path(base) / "veris.jsonl")])
        with workspace.open_store() as store:
            text = (
                "SELECT ?s ?p ?o WHERE { ?e rdf:predicate ?p . { SELECT ?e ?s WHERE { ?e rdf:subject ?s } } "
                "{ SELECT ?e ?o WHERE { ?e rdf:object ?o } } }"
            )
            pairs: dict[str, list[tuple[str, str]]] = {}
            for subject, predicate, object_ in store.query(text).rows:
                pairs.setdefault(predicate.value[len(IKG) :], []).append((subject.value, object_.value))  # type: ignore[union-attr]
            text = "SELECT ?t ?k WHERE { ?t a ?k }"
            kinds = {thing.value: kind.value for thing, kind in store.query(text).rows}  # type: ignore[union-attr]
            stated = sum(1 for _ in store.query("SELECT ?c WHERE { ?c ikg:confidence ?n }").rows)
            claims = sum(1 for _ in store.query("SELECT ?c WHERE { ?c ikg:statedIn ?r }").rows)
    found = {
        name: {"from": "vcdb", **_distribution(both)}
        for name, both in sorted(pairs.items())
        if name not in SAMENESS and len(both) >= 100
    }
    incidents = sum(1 for kind in kinds.values() if kind == f"{IKG}Incident")
    named = {one for _, one in pairs["attributedTo"] if kinds.get(one) == f"{IKG}ThreatActor"}
    uses = _attack_uses()
    for name, ends in (("usedTechnique", ("attack-pattern",)), ("usedSoftware", ("malware", "tool"))):
        found[name] = {"from": "attack", "catalogue": True, **_distribution([(a, b) for a, b, kind in uses if kind in ends])}
    return {
        "sources": {
            "vcdb": "VERIS Community Database, Verizon Business and contributors (CC BY-SA 4.0), 6,481 records as kg reads them",
            "attack": "MITRE ATT&CK, enterprise, mobile and ICS of November 2025: groups and campaigns 'uses' techniques and software",
        },
        "incidents": incidents,
        "named_actors": len(named) / len({one for _, one in pairs["attributedTo"]}),
        "stated_confidence": stated / claims,
        "kinds": found,
    }


def _distribution(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    found: dict[str, Any] = {"edges": len(pairs)}
    for name, side in (("out", 0), ("in", 1)):
        counts = Counter(Counter(pair[side] for pair in pairs).values())
        found[name] = {str(degree): counts[degree] for degree in sorted(counts)}
    return found


def _attack_uses() -> list[tuple[str, str, str]]:
    """Group or campaign, what it uses, and the kind of that, from the bundles that are not revoked."""
    found = set()
    for path in sorted(shared_pack("attack").glob("*-attack.json.gz")):
        objects = json.loads(gzip.decompress(path.read_bytes()))["objects"]
        kinds = {one["id"]: one["type"] for one in objects if not (one.get("revoked") or one.get("x_mitre_deprecated"))}
        for one in objects:
            if one["type"] == "relationship" and one["relationship_type"] == "uses" and one["id"] in kinds:
                source, target = one["source_ref"], one["target_ref"]
                if kinds.get(source) in ("intrusion-set", "campaign") and target in kinds:
                    found.add((source, target, kinds[target]))
    return sorted(found)


# making


@dataclass(frozen=True, slots=True)
class Kind:
    """The edges of one kind: places of subjects and objects in their pools."""

    name: str
    subjects: Places
    objects: Places


FROM_INCIDENT = ("attributedTo", "victim", "affected", "compromised", "usedTechnique", "usedSoftware")
POOLS = {
    "attributedTo": "actor", "victim": "org", "affected": "population", "compromised": "asset", "usedTechnique": "technique",
    "usedSoftware": "malware",
}  # fmt: skip


def edges(size: int, seed: int = 0) -> tuple[int, dict[str, Kind]]:
    """About ``size`` edges by kind, and how many incidents there are. A little more than wanted is drawn, as some come twice.

    What the product derives from other edges is derived here as well: ``targeted``, ``stolen``, ``customerOf``.
    """
    shape = json.loads(SHAPE.read_text("utf-8"))
    rng = np.random.default_rng(seed)
    kinds = shape["kinds"]
    scale = 1.015 * size / sum(kind["edges"] for kind in kinds.values())
    incidents = max(2, round(shape["incidents"] * scale))
    found: dict[str, Kind] = {}
    for name in FROM_INCIDENT:
        found[name] = _drawn(rng, name, kinds[name], scale, incidents)
    attributed, victims = found["attributedTo"], found["victim"]
    found["targeted"] = Kind("targeted", *_joined(attributed, victims, round(kinds["targeted"]["edges"] * scale)))
    taken = found["compromised"]
    some = np.sort(rng.choice(len(taken.subjects), min(len(taken.subjects), round(kinds["stolen"]["edges"] * scale)), replace=False))
    found["stolen"] = Kind("stolen", taken.subjects[some], taken.objects[some])
    supply = _drawn(rng, "suppliedBy", kinds["suppliedBy"], scale, None)
    found["suppliedBy"] = found["customerOf"] = supply
    found["memberOf"] = _drawn(rng, "memberOf", kinds["memberOf"], scale, None)
    return incidents, found


def supplies(size: int, seed: int = 0) -> Kind:
    """About ``size`` edges of supply alone, in which customers are suppliers as well."""
    kind = json.loads(SHAPE.read_text("utf-8"))["kinds"]["suppliedBy"]
    return _drawn(np.random.default_rng(seed), "suppliedBy", kind, size / kind["edges"], None)


def _drawn(rng: np.random.Generator, name: str, kind: dict[str, Any], scale: float, pool: int | None) -> Kind:
    many = max(1, round(kind["edges"] * scale))
    subjects = _ends(rng, kind["out"], many, pool)
    if kind.get("catalogue"):
        degrees, counts = _histogram(kind["in"])
        shares = np.repeat(degrees, counts).astype(float)
        objects = rng.choice(len(shares), many, p=shares / shares.sum())
    else:
        objects = rng.permutation(_ends(rng, kind["in"], many, None))
    both = np.unique(np.stack([subjects, objects]), axis=1)
    return Kind(name, both[0], both[1])


def _ends(rng: np.random.Generator, histogram: dict[str, int], many: int, pool: int | None) -> Places:
    """The ends of so many edges: nodes with degrees as measured, each as often as it has edges."""
    degrees, counts = _histogram(histogram)
    drawn = rng.choice(degrees, many, p=counts / counts.sum())
    enough = int(np.searchsorted(np.cumsum(drawn), many)) + 1
    drawn = drawn[:enough]
    nodes = rng.choice(max(pool, enough), enough, replace=False) if pool else np.arange(enough)
    return np.repeat(nodes, drawn)[:many]


def _histogram(histogram: dict[str, int]) -> tuple[Places, Places]:
    return np.array([int(degree) for degree in histogram], np.int64), np.array(list(histogram.values()), np.int64)


def _joined(one: Kind, other: Kind, most: int) -> tuple[Places, Places]:
    """Actors and the victims of the same incidents."""
    by = np.argsort(other.subjects, kind="stable")
    first, last = (np.searchsorted(other.subjects[by], one.subjects, side) for side in ("left", "right"))
    actors = np.repeat(one.objects, last - first)
    places = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)]) if len(first) else np.zeros(0, np.int64)
    both = np.unique(np.stack([actors, other.objects[by][places]]), axis=1)[:, :most]
    return both[0], both[1]


# writing


CLASSES = {
    "incident": "Incident", "org": "Organization", "population": "Population", "asset": "Asset", "technique": "Technique",
    "malware": "Malware", "actor": "UnidentifiedActor",
}  # fmt: skip
CLAIMS = {
    "attributedTo": ("Attribution", "incident", "actor"), "victim": ("Involvement", "incident", "party"),
    "affected": ("Involvement", "incident", "party"), "compromised": ("Compromise", "incident", "asset"),
    "usedTechnique": ("TechniqueUse", "incident", "technique"), "usedSoftware": ("SoftwareUse", "incident", "software"),
    "suppliedBy": ("Supply", "customer", "supplier"), "memberOf": ("Membership", "member", "group"),
}  # fmt: skip
"""Kind of edge → class of the claims behind it, and their properties for its two ends."""
SAID = {"affected": ("role", "role-affected-party"), "suppliedBy": ("relation", "relation-customer")}
ROOT, DERIVED = Addresses().root, f"<{Addresses().derived}>"


def _iri(pool: str, place: int) -> str:
    return f"<{ROOT}{pool}/s{place}>"


def _whole(number: int) -> str:
    return f'"{number}"^^<http://www.w3.org/2001/XMLSchema#integer>'


def _quads(subject: str, graph: str, said: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Lines of N-Quads; a property without a prefix is one of the ontology."""
    for name, object_ in said:
        prefix, _, local = name.rpartition(":")
        yield f"{subject} <{PREFIXES[prefix] if prefix else IKG}{local}> {object_} {graph} .\n"


def lines(size: int, seed: int = 0) -> Iterator[str]:
    """The graph as N-Quads: things, reports, claims and derived edges as the product writes them, without words and offsets."""
    rng = np.random.default_rng(seed + 1)
    shape = json.loads(SHAPE.read_text("utf-8"))
    incidents, kinds = edges(size, seed)
    sizes = {"incident": incidents}
    passing = set(kinds["affected"].subjects.tolist())
    claim_of: dict[tuple[str, int, int], str] = {}
    record = 0
    for name, kind in kinds.items():
        start, end = _pools(name)
        for pool, places in ((start, kind.subjects), (end, kind.objects)):
            sizes[pool] = max(sizes.get(pool, 0), int(places.max(initial=-1)) + 1)
        sure = rng.random(len(kind.subjects)) < shape["stated_confidence"]
        for place, (one, other) in enumerate(zip(kind.subjects.tolist(), kind.objects.tolist(), strict=True)):
            subject, object_, report = _iri(start, one), _iri(end, other), one % incidents
            graph = _iri("report", report)
            claim = claim_of.get(("compromised" if name == "stolen" else name, one, other)) or f"{graph[:-1]}/claim/{name}-{place}>"
            if name in CLAIMS:
                class_, first, second = CLAIMS[name]
                said = [("rdf:type", f"<{IKG}{class_}>"), ("assertedBy", _iri("org", 0)), ("method", f"<{IKG}method-read>")]
                said += [(first, subject), (second, object_)]
                if sure[place]:
                    said.append(("confidence", _whole(85)))
                if name == "victim":
                    said.append(("role", f"<{IKG}role-{'breached-supplier' if one in passing else 'victim'}>"))
                elif name in SAID:
                    said.append((SAID[name][0], f"<{IKG}{SAID[name][1]}>"))
                if name == "compromised":
                    claim_of[name, one, other] = claim
                elif name == "suppliedBy":
                    claim_of["customerOf", one, other] = claim
                yield from _quads(claim, graph, [*said, ("statedIn", graph), ("stance", f"<{IKG}stance-asserted>")])
            elif name == "targeted":
                yield from _quads(claim, graph, [("statedIn", graph), ("stance", f"<{IKG}stance-asserted>")])
            yield from _quads(subject, DERIVED, [(name, object_)])
            yield from _quads(
                f"<{ROOT}edge/s{record}>",
                DERIVED,
                [
                    ("rdf:type", f"<{IKG}DerivedEdge>"), ("rdf:subject", subject), ("rdf:predicate", f"<{IKG}{name}>"),
                    ("rdf:object", object_), ("rule", f'"{name}"'), ("agents", _whole(1)), ("claim", claim),
                    ("contested", '"false"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
                ],
            )  # fmt: skip
            record += 1
    days = rng.integers(0, 7000, incidents).tolist()
    for place, day in enumerate(days):
        graph = _iri("report", place)
        public = [("publishedStartDay", _whole(day + 365)), ("publishedEndDay", _whole(day + 365))]
        yield from _quads(graph, graph, [("rdf:type", f"<{IKG}Report>"), ("skos:prefLabel", f'"Report {place}"'), *public])
        timing = [
            ("rdf:type", f"<{IKG}Timing>"), ("event", f"<{IKG}event-began>"), ("stance", f"<{IKG}stance-asserted>"), ("statedIn", graph),
            ("incident", _iri("incident", place)), ("startDay", _whole(day)), ("endDay", _whole(day + 30)),
        ]  # fmt: skip
        yield from _quads(f"{graph[:-1]}/claim/began>", graph, timing)
    named = rng.random(sizes["actor"]) < shape["named_actors"]
    reference = f"<{ROOT}reference/synthetic>"
    for pool, many in sizes.items():
        for place in range(many):
            class_ = "ThreatActor" if pool == "actor" and named[place] else CLASSES[pool]
            said = [("rdf:type", f"<{IKG}{class_}>"), ("skos:prefLabel", f'"{class_} {place}"')]
            if pool == "org":
                said.append(("country", f"<{IKG}country-{('US', 'DE', 'GB', 'FR')[place % 4]}>"))
                said.append(("sector", f"<{IKG}sector-{('energy', 'healthcare')[place % 2]}>"))
            yield from _quads(_iri(pool, place), reference, said)


def _pools(name: str) -> tuple[str, str]:
    if name in POOLS:
        return "incident", POOLS[name]
    return {
        "targeted": ("actor", "org"), "stolen": ("incident", "asset"), "suppliedBy": ("org", "org"), "customerOf": ("org", "org"),
        "memberOf": ("org", "population"),
    }[name]  # fmt: skip


def fill(folder: Path, size: int) -> int:
    """Load a graph of about ``size`` edges into a store in ``folder``; how many quads it has."""
    store = Store(str(folder))
    file = folder.with_suffix(".nq")
    waiting = lines(size)
    while part := list(islice(waiting, 2_000_000)):
        file.write_text("".join(part), "utf-8")
        store.bulk_load(path=str(file), format=RdfFormat.N_QUADS)
    file.unlink()
    store.optimize()
    return len(store)


if __name__ == "__main__":
    SHAPE.write_text(json.dumps(measured_shape(), indent=1) + "\n", "utf-8")
    print(f"written to {SHAPE}")
