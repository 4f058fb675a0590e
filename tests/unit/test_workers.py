"""Workers: the limit and cancelling really stop a query, errors come back as themselves, a dead worker is replaced."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date

import pytest
from pyoxigraph import NamedNode

from kg.errors import LimitReached, QueryError, QueryRefused
from kg.resources import folder
from kg.workers import Workers
from kg.workspace import Workspace, create_workspace

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = create_workspace(tmp_path_factory.mktemp("workers") / "workspace")
    made.ingest([folder("data") / "reports" / "microsoft-midnight-blizzard"])
    return made


@pytest.fixture
def workers(workspace: Workspace) -> Iterator[Workers]:
    with Workers(workspace.folder) as found:
        yield found


def test_answers(workspace: Workspace, workers: Workers) -> None:
    found = workers.ask("SELECT ?i { ?i a ikg:Incident } ORDER BY ?i", limit=1)
    assert found.columns == ("i",) and len(found.rows) == 1 and found.cut and isinstance(found.rows[0][0], NamedNode)
    assert workers.ask("ASK { ?i a ikg:Incident }").boolean
    triples = workers.ask("CONSTRUCT { ?i a ikg:Incident } WHERE { ?i a ikg:Incident }")
    assert triples.form == "construct" and len(triples.rows[0]) == 3
    case = NamedNode(workspace.addresses.expand("incident:microsoft-corporate-email-2023") or "")
    assert workers.ask("SELECT ?n { ?t skos:prefLabel ?n }", {"t": case}).rows
    early = workers.ask("SELECT DISTINCT ?r { ?c ikg:statedIn ?r }", as_of=date(2024, 1, 20))
    assert 0 < len(early.rows) < len(workers.ask("SELECT DISTINCT ?r { ?c ikg:statedIn ?r }").rows)


def test_errors_come_back_as_themselves(workers: Workers) -> None:
    with pytest.raises(QueryError, match="line 1"):
        workers.ask("SELECT nonsense")
    with pytest.raises(QueryRefused):
        workers.ask("SELECT * { SERVICE <http://example.org/> { ?a ?b ?c } }")
    with pytest.raises(QueryRefused):
        workers.ask("INSERT DATA { <urn:a> <urn:b> <urn:c> }")
    assert workers.ask("ASK {}").boolean


def test_the_limit_stops_and_the_next_question_is_answered(workers: Workers) -> None:
    began = time.monotonic()
    with pytest.raises(LimitReached, match="longer than"):
        workers.ask(ENDLESS, seconds=1.5)
    assert time.monotonic() - began < 10
    assert workers.ask("ASK {}").boolean


def test_cancelling_stops(workers: Workers) -> None:
    ended: list[str] = []

    def ask() -> None:
        try:
            workers.ask(ENDLESS, seconds=60, ticket="mine")
        except LimitReached as error:
            ended.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    while not workers.cancel("mine"):
        assert asking.is_alive()
    asking.join(20)
    assert ended == ["the query was cancelled"] and not workers.cancel("mine")


def test_what_waits_for_a_worker_can_be_cancelled(workspace: Workspace) -> None:
    ended: dict[str, str] = {}

    def ask(ticket: str) -> None:
        try:
            one.ask(ENDLESS, seconds=60, ticket=ticket)
        except LimitReached as error:
            ended[ticket] = str(error)

    with Workers(workspace.folder, size=1) as one:
        first = threading.Thread(target=ask, args=("first",))
        first.start()
        while "first" not in one._busy:
            assert first.is_alive()
        second = threading.Thread(target=ask, args=("second",))
        second.start()
        while not one.cancel("second"):
            assert second.is_alive()
        second.join(20)
        assert ended == {"second": "the query was cancelled"} and one.cancel("first")
        first.join(20)


def test_a_dead_worker_is_replaced_and_two_answer_at_once(workers: Workers) -> None:
    workers.ask("ASK {}")
    workers._idle[0].process.kill()
    workers._idle[0].process.wait()
    assert workers.ask("ASK {}").boolean
    answers: list[bool] = []
    threads = [threading.Thread(target=lambda: answers.append(workers.ask("ASK {}").boolean)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [True] * 5 and len(workers._idle) <= 2
