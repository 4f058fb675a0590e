"""What the tests of histories share: workspaces, small reports of every kind that could disturb another, answers, exports."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import Phase
from hypothesis import strategies as st
from pyoxigraph import Literal, Quad, RdfFormat, serialize

from kg.export import rdf
from kg.identity.iris import Addresses
from kg.model.report import IncidentReport
from kg.queries import load_queries, run, term
from kg.readers.writing import to_yaml
from kg.store.base import QuadStore
from kg.workspace import Workspace, create_workspace

A = Addresses()
CASE = "incident:microsoft-corporate-email-2023"
OTHERS = {
    "incident": "incident:solarwinds-orion-2020",
    "actor": "actor:sandworm-team",
    "supplier": "org:solarwinds",
    "org": "org:microsoft",
}
"""Parameters beside the defaults."""
QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failure is told as it was found: each example builds workspaces, and making one smaller would take minutes."""
ALL: dict[str, str] = {}
"""No parameters: a question without them asks about everything, which takes seconds over all."""


def build(folder: Path, *batches: Iterable[Path]) -> Workspace:
    """A workspace that read these files, one ingest a batch."""
    workspace = create_workspace(folder)
    for batch in batches:
        assert not workspace.ingest(list(batch)).rejects
    if not any(batches):
        with workspace.writing():
            pass
    return workspace


def written(folder: Path, reports: Iterable[IncidentReport]) -> list[Path]:
    """The reports as files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for report in reports:
        paths.append(folder / f"{report.info.id}.yaml")
        paths[-1].write_text(to_yaml(report), "utf-8")
    return paths


def nquads(store: QuadStore) -> bytes:
    """The default export."""
    return serialize(rdf.whole(store), format=RdfFormat.N_QUADS)


def exported(workspace: Workspace) -> bytes:
    """The default export of a workspace as it is now."""
    with workspace.open_store() as store:
        return nquads(store)


def lines(data: bytes) -> set[str]:
    """For failures that a person can read."""
    return set(data.decode().splitlines())


def same(one: bytes, other: bytes) -> None:
    """Fail with the lines that only one of two exports has."""
    if one != other:
        assert (sorted(lines(one) - lines(other))[:12], sorted(lines(other) - lines(one))[:12]) == ([], [])
        raise AssertionError("the same lines in another order")


def answers(store: QuadStore, *given: dict[str, str]) -> dict[str, list[str]]:
    """The rows of every saved question: with its defaults, and with each set of further parameters.

    Cells that gather several values are sets: SPARQL leaves the order in which ``GROUP_CONCAT`` gathers open.
    """
    found = {}
    for query in load_queries().values():
        defaults = {p.name: p.default for p in query.parameters if p.default}
        for number, values in enumerate((defaults, *({p.name: g[p.name] for p in query.parameters if p.name in g} for g in given))):
            table = run(store, query, {name: term(value, A) for name, value in values.items()})
            found[f"{query.id}.{number}"] = sorted(" | ".join(map(_cell, row)) for row in table.rows)
    return found


def _cell(term: object) -> str:
    if isinstance(term, Literal) and " " in term.value:
        return " ".join(sorted(term.value.replace(" | ", " ").split()))
    return str(term)


def journal_of(workspace: Workspace, *said: dict[str, Any]) -> None:
    """Write decisions as they stand in another workspace's journal."""
    with (workspace.folder / "journal.jsonl").open("a") as journal:
        for entry in said:
            journal.write(json.dumps({"when": "2024-01-01T00:00:00+00:00", **entry}) + "\n")


def union(quads: Iterable[Quad]) -> set[tuple[Any, Any, Any]]:
    """The triples, whatever their graphs."""
    return {(q.subject, q.predicate, q.object) for q in quads}


# ── small reports ────────────────────────────────────────────────────────────────────────────

ORGS, ACTORS, INCIDENTS = ("org:a", "org:b", "org:c"), ("actor:x", "actor:y", "actor:z"), ("incident:i", "incident:j")
STANCES = ("asserted", "asserted", "asserted", "denied", "withdrawn", "suspected")
DAYS = ("2024-01-10", "2024-02", "2024-02-03", "2024-03-01T23:30:00-05:00", "2024", None)


def _merged(parts: list[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for part in parts:
        for name, items in part.items():
            known = found.setdefault(name, [])
            known += [item for item in items if item not in known and item.get("key", item) not in [k.get("key") for k in known]]
    return found


@st.composite
def parts(draw: st.DrawFn) -> dict[str, list[Any]]:
    """One thing that a report says."""
    pick = st.sampled_from
    common = {"stance": draw(pick(STANCES)), "asserted_by": draw(pick(ORGS))}
    local = {"incidents": [{"key": "l", "title": "L"}]}
    kinds = ["hit", "attributed", "same", "local", "identified", "supply", "taken", "named", "known"]
    match draw(pick(kinds)):
        case "hit":
            incident = draw(pick([*INCIDENTS, "l"]))
            said = {
                **common,
                "incident": incident,
                "party": draw(pick(ORGS)),
                "role": draw(pick(["victim", "affected party", "responder"])),
            }
            return {**(local if incident == "l" else {}), "involvements": [said]}
        case "attributed":
            incident = draw(pick([*INCIDENTS, "l"]))
            return {
                **(local if incident == "l" else {}),
                "attributions": [{**common, "incident": incident, "actor": draw(pick(ACTORS)), "confidence": draw(pick([40, 90]))}],
            }
        case "same":
            a, b = draw(st.lists(pick(draw(pick([ORGS, ACTORS, INCIDENTS]))), min_size=2, max_size=2, unique=True))
            return {"samenesses": [{**common, "a": a, "b": b, "stated_as": draw(pick(["same", "same", "different", "close"]))}]}
        case "local":
            joined = {**common, "a": "l", "b": draw(pick(INCIDENTS)), "stated_as": draw(pick(["same", "different"]))}
            return {**local, "samenesses": [joined]}
        case "identified":
            name = draw(pick(["Orchard", "Orchard Ltd", "Quarry"]))
            return {"organizations": [{"key": "o", "name": name, "identifiers": [draw(pick(["lei:1", "cik:2"]))]}]}
        case "supply":
            return {"supplies": [{**common, "supplier": draw(pick(ORGS)), "customer": draw(pick(ORGS))}]}
        case "taken":
            said = {**common, "incident": draw(pick(INCIDENTS)), "asset": draw(pick(["m", "asset:m"])), "effect": "exfiltrated"}
            return {"assets": [{"key": "m", "name": "M"}], "compromises": [said]}
        case "named":
            said = {**common, "actor": draw(pick(ACTORS)), "name": draw(pick(["Cozy", "Dozy"])), "used_by": draw(pick(ORGS))}
            return {"namings": [said]}
        case _:
            kind, ref = draw(pick([("organizations", o) for o in ORGS] + [("incidents", i) for i in INCIDENTS]))
            label = {"organizations": "name", "incidents": "title"}[kind]
            return {kind: [{"key": kind[:3], "id": ref.partition(":")[2], label: ref, "identifiers": draw(pick([[], ["lei:1"]]))}]}


@st.composite
def report(draw: st.DrawFn, report_id: str, days: tuple[str | None, ...] = DAYS) -> IncidentReport:
    """A report that says one to three things, perhaps restating another."""
    info: dict[str, Any] = {"id": report_id, "title": f"Report {report_id}", "publisher": draw(st.sampled_from(ORGS))}
    if day := draw(st.sampled_from(days)):
        info["published"] = day
    if draw(st.integers(0, 3)) == 0:
        info["restates"] = [f"report:r{draw(st.integers(0, 4))}"]
        if info["restates"] == [f"report:{report_id}"]:
            del info["restates"]
    said = _merged(draw(st.lists(parts(), min_size=1, max_size=3)))
    made = IncidentReport.model_validate({"report": info, **said})
    assert not (found := made.faults()), found
    return made


@st.composite
def reference(draw: st.DrawFn) -> IncidentReport:
    """A reference file with namings and samenesses, some of which count from a day on only."""
    when = st.sampled_from([{}, {"when": "2024-01-15"}, {"when": "since at least 2024-02"}, {"when": "2024-02-03"}, {"when": "2024"}])
    actors = st.sampled_from(ACTORS)
    namings = [
        {
            "actor": draw(actors),
            "name": draw(st.sampled_from(["Cozy", "Dozy", "Nosy"])),
            "used_by": draw(st.sampled_from(ORGS)),
            **draw(when),
        }
        for _ in range(draw(st.integers(0, 3)))
    ]
    samenesses = []
    for _ in range(draw(st.integers(0, 2))):
        a, b = draw(st.lists(actors, min_size=2, max_size=2, unique=True))
        samenesses.append({"a": a, "b": b, "stated_as": draw(st.sampled_from(["same", "different"])), **draw(when)})
    unique = {json.dumps(n, sort_keys=True): n for n in namings}, {json.dumps(s, sort_keys=True): s for s in samenesses}
    return IncidentReport.model_validate(
        {
            "reference": {"id": "known", "title": "Known"},
            "actors": [{"key": "x", "id": "x", "name": "X-1"}],
            "namings": list(unique[0].values()),
            "samenesses": list(unique[1].values()),
        }
    )
