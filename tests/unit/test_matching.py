"""Candidates: what is proposed, what never is, and that both ways of looking agree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pyoxigraph import NamedNode

from kg.identity.iris import Addresses
from kg.indexing import name_entries
from kg.mapping import graph_of, to_quads
from kg.matching import POINTS, Candidate, all_candidates, candidates_for, names_alike
from kg.model.report import IncidentReport
from kg.readers.base import Found, SourceFile
from kg.readers.report_yaml import ReportYaml
from kg.readers.veris import VerisReader
from kg.rules import Change, rederive
from kg.store.names import NameIndex
from kg.store.oxigraph import OxigraphStore
from tests.conftest import CHECKOUT, make_report

ADDRESSES = Addresses()


class Graph:
    """A store with its derived graph and its names."""

    def __init__(self, folder: Path) -> None:
        self.store, self.names = OxigraphStore(), NameIndex(folder / "names.sqlite")

    def put(self, *reports: IncidentReport) -> None:
        quads = {graph_of(r, ADDRESSES): to_quads(r, ADDRESSES) for r in reports}
        old = tuple(q for graph in quads for q in self.store.quads(graph))
        self.store.replace(quads)
        rederive(self.store, Change(old, tuple(q for each in quads.values() for q in each)), ADDRESSES)
        self.names.replace_many({graph_of(r, ADDRESSES).value: list(name_entries(r, ADDRESSES)) for r in reports})

    def all(self) -> list[Candidate]:
        return all_candidates(self.store, self.names, ADDRESSES)

    def about(self, iri: str) -> list[Candidate]:
        return candidates_for([ADDRESSES.expand(iri) or iri], self.store, self.names, ADDRESSES)

    def pair(self, one: str, other: str) -> Candidate | None:
        """The candidate of two, and the same from either side."""
        wanted = {ADDRESSES.expand(one), ADDRESSES.expand(other)}
        found = [next((c for c in self.about(iri) if {c.one, c.other} == wanted), None) for iri in (one, other)]
        assert found[0] == found[1]
        return found[0]


@contextmanager
def graph(*reports: IncidentReport) -> Iterator[Graph]:
    with TemporaryDirectory() as folder:
        made = Graph(Path(folder))
        made.put(*reports)
        yield made
        made.names.close()


def told(report_id: str, victim: str = "org:v", when: str | None = "2024-01-10", actor: str | None = None, **more: Any) -> IncidentReport:
    """A report on one local incident ``i``."""
    parts: dict[str, Any] = {
        "incidents": [{"key": "i", "title": f"Incident of {report_id}"}],
        "organizations": [{"id": "v", "name": "Vandelay"}, {"id": "w", "name": "Wernham Hogg"}],
        "involvements": [{"incident": "i", "party": victim, "role": "victim"}],
    }
    if when:
        parts["timings"] = [{"incident": "i", "event": "began", "when": when}]
    if actor:
        parts["attributions"] = [{"incident": "i", "actor": actor}]
    restates = more.pop("restates", None)
    report = make_report(report_id, **{**parts, **more})
    return report if restates is None else report.model_copy(update={"report": report.report.model_copy(update={"restates": (restates,)})})


A, B = "report:a/incident/i", "report:b/incident/i"


# ── incidents ────────────────────────────────────────────────────────────────────────────────


def test_the_same_victim_at_the_same_time_is_proposed_with_its_reasons() -> None:
    with graph(told("a", when="late November 2023"), told("b", when="2023-11-27")) as g:
        found = g.pair(A, B)
        assert found and found.kind == "incident" and found.labels == ("Incident of a", "Incident of b") and found.worth == 2
        assert found.score == POINTS["same victim"] + POINTS["times overlap, ten days"]
        assert found.reasons == ("same victim: Vandelay", "times overlap: late November 2023 / 2023-11-27")


def test_far_apart_in_time_or_another_actor_speaks_against() -> None:
    with graph(told("a"), told("b"), told("c", when="2019"), told("d", actor="actor:x"), told("e", actor="actor:y")) as g:
        near, far = g.pair(A, B), g.pair(A, "report:c/incident/i")
        assert near and near.score >= 60 and far is None
        rivals = g.pair("report:d/incident/i", "report:e/incident/i")
        assert rivals and rivals.score < near.score and any(r.startswith("different actors") for r in rivals.reasons)


def test_same_actor_and_weeks_but_other_victims_are_no_candidate() -> None:
    with graph(told("a", actor="actor:x"), told("b", "org:w", actor="actor:x")) as g:
        assert g.pair(A, B) is None


def test_victims_of_like_names_are_evidence() -> None:
    local = [{"key": "local", "name": "Vandelay Inc."}]
    with graph(told("a"), told("b", "local", organizations=local)) as g:
        found = g.pair(A, B)
        assert found and "victims of like names: Vandelay / Vandelay Inc." in found.reasons


@pytest.mark.parametrize("name", ["Unknown", "customers", "The Hospital", "Various companies"])
def test_a_name_that_anybody_could_have_is_no_evidence(name: str) -> None:
    reports = [told(r, "local", organizations=[{"key": "local", "name": name, "country": "US"}]) for r in "ab"]
    with graph(*reports) as g:
        assert g.all() == []


def test_a_report_that_restates_another_on_the_same_victim_scores_high() -> None:
    with graph(told("a", when=None), told("b", when=None, restates="report:a")) as g:
        found = g.pair(A, B)
        assert found and found.score >= 70 and "report:b restates report:a" in found.reasons


def test_what_one_report_tells_apart_is_two() -> None:
    both = {
        "incidents": [{"key": "i", "title": "I"}, {"key": "j", "title": "J"}],
        "involvements": [{"incident": k, "party": "org:v", "role": "victim"} for k in "ij"],
        "timings": [{"incident": k, "event": "began", "when": "2024-01-10"} for k in "ij"],
    }
    with graph(told("a", **both)) as g:
        found = g.pair(A, "report:a/incident/j")
        assert found is None or found.score < 50


def test_joined_pairs_are_not_proposed() -> None:
    with graph(told("a"), told("b"), make_report("c", samenesses=[])) as g:
        assert g.pair(A, B)
        g.put(told("b", samenesses=[{"a": "i", "b": "incident:k", "stated_as": "same"}]))
        assert g.pair(A, "incident:k")
        g.put(told("a", samenesses=[{"a": "i", "b": "incident:k", "stated_as": "same"}]))
        assert [c for c in g.all() if c.kind == "incident"] == []


@pytest.mark.parametrize("how", ["different", "close", "part of"])
def test_what_a_person_kept_apart_is_not_proposed_again(how: str) -> None:
    known = [told(r, incidents=[{"key": "i", "id": f"known-{r}", "title": r}]) for r in "ab"]
    word = {"a": "incident:known-a", "b": "incident:known-b", "stated_as": how}
    with graph(*known) as g:
        assert g.pair("incident:known-a", "incident:known-b")
        g.put(make_report("p", samenesses=[word]))
        assert g.all() == []
        g.put(told("c", samenesses=[{"a": "i", "b": "incident:known-a", "stated_as": "same"}]))
        assert g.all() == []
        g.put(make_report("p", samenesses=[{**word, "stance": "withdrawn"}]))
        assert g.pair("incident:known-a", "incident:known-b")


def test_a_hub_makes_pairs_of_one_day_only() -> None:
    reports = [told(f"r{n}", when=f"2024-0{1 + n // 28}-{1 + n % 28:02}") for n in range(70)]
    with graph(*reports, told("twin", when="2024-01-05")) as g:
        found = g.about("report:twin/incident/i")
        assert {c.one if "twin" in c.other else c.other for c in found} == {ADDRESSES.expand("report:r4/incident/i")}


# ── organizations and actors ─────────────────────────────────────────────────────────────────


def organization(report_id: str, name: str, **more: Any) -> IncidentReport:
    return make_report(report_id, organizations=[{"key": "x", "name": name, **more}])


def test_names_equal_but_for_the_legal_form() -> None:
    with graph(organization("a", "Vandelay GmbH", country="DE"), organization("b", "Vandelay", country="DE")) as g:
        found = g.pair("report:a/org/x", "report:b/org/x")
        assert found and found.score >= 70
        assert found.reasons[0] == "names equal but for the legal form: Vandelay GmbH / Vandelay"


def test_another_country_speaks_against() -> None:
    with graph(organization("a", "City of Springfield", country="US"), organization("b", "City of Springfield", country="CA")) as g:
        assert g.pair("report:a/org/x", "report:b/org/x") is None
    with graph(organization("a", "City of Springfield", country="US"), organization("b", "City of Springfield", country="US")) as g:
        found = g.pair("report:a/org/x", "report:b/org/x")
        assert found and found.score <= 60


def test_a_shared_identifier_is_evidence_and_another_is_against() -> None:
    with graph(organization("a", "Ellingham", identifiers="lei:1"), organization("b", "Ellingham", identifiers="lei:1")) as g:
        shared = g.pair("report:a/org/x", "report:b/org/x")
        assert shared and "shared identifier lei:1" in shared.reasons
    with graph(organization("a", "Ellingham", identifiers="lei:1"), organization("b", "Ellingham", identifiers="lei:2")) as g:
        other = g.pair("report:a/org/x", "report:b/org/x")
        assert (other.score if other else 0) < shared.score


def test_actors_by_their_names() -> None:
    names = ["Cozy Bear", "The Dukes"]
    reports = [make_report(r, actors=[{"key": "x", "name": f"Actor {r}", "aliases": names}]) for r in "ab"]
    with graph(*reports) as g:
        found = g.pair("report:a/actor/x", "report:b/actor/x")
        assert found and found.score == POINTS["two names"] and found.reasons == ("same name: cozy bear, the dukes",)


def test_described_actors_are_never_sure() -> None:
    described = {"unidentified_actors": [{"key": "r", "description": "Russian hackers"}]}
    word = {"samenesses": [{"a": "i", "b": "incident:k", "stated_as": "same"}]}
    with graph(told("a", actor="r", **described, **word), told("b", actor="actor:x", **word)) as g:
        found = g.pair("report:a/actor/r", "actor:x")
        assert found and found.score <= 45
    with graph(told("a", "org:v", actor="r", **described), told("b", "org:w", actor="r", **described)) as g:
        assert [c for c in g.all() if c.kind == "actor"] == []


def test_how_names_are_near() -> None:
    near = [("U.S. Navy", "United States Navy"), ("Sony", "Sony Group"), ("Sacred Heart Clinic", "Sacred Hart Clinic")]
    far = [("Delta Air Lines", "Delta Dental"), ("North Shore", "South Shore"), ("Route 66 Motel", "Route 67 Motel"), ("Bank", "The Bank")]
    assert [p for p in near if not names_alike([p[0]], [p[1]])] == []
    assert [p for p in far if names_alike([p[0]], [p[1]])] == []


# ── both ways agree; real data ───────────────────────────────────────────────────────────────


def agree(g: Graph) -> list[Candidate]:
    found = g.all()
    assert found == sorted(found, key=lambda c: (-c.value, -c.score, c.one, c.other))
    assert all(c.one < c.other and 0 <= c.score <= 100 and c.reasons and c.worth > 0 for c in found)
    for candidate in found:
        for iri in (candidate.one, candidate.other):
            assert candidate in g.about(iri)
    return found


@pytest.fixture(scope="module")
def bundled() -> Iterator[Graph]:
    files = sorted((CHECKOUT / "data").rglob("*.yaml"))
    reports = [f.report for path in files for f in ReportYaml().read(SourceFile(path, path.name)) if isinstance(f, Found)]
    with graph(*reports) as g:
        yield g


def test_the_first_case_stays_three_incidents(bundled: Graph) -> None:
    found = [c for c in agree(bundled) if c.kind == "incident"]
    assert all(c.score < 60 for c in found)
    mine = ("microsoft-corporate-email-2023", "hpe-email-2023", "teamviewer")
    assert [c for c in found if all(any(name in iri for name in mine) for iri in (c.one, c.other))] == []


def test_no_actor_of_the_bundled_data_is_sure(bundled: Graph) -> None:
    assert all(c.score <= 70 for c in bundled.all() if c.kind == "actor")


def test_veris_records(shared: Path, tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "part.jsonl"
    with gzip.open(shared / "data/vcdb/vcdb.jsonl.gz") as stream:
        path.write_bytes(b"".join(line for _, line in zip(range(700), stream, strict=False)))
    reports = [f.report for f in VerisReader().read(SourceFile(path, path.name)) if isinstance(f, Found)]
    with graph(*reports) as g:
        assert len(agree(g)) > 10


def test_the_address_of_a_thing_of_another_kind_has_no_candidates() -> None:
    with graph(told("a"), told("b")) as g:
        assert g.about("asset:x") == [] and g.about(NamedNode("https://example.org/x").value) == []
