"""Taking many graphs out leaves what a store would hold that never had them."""

from __future__ import annotations

import random
from functools import cache

import pytest
from pyoxigraph import NamedNode

from kg.identity.iris import Addresses
from kg.mapping import graph_of, to_lines
from kg.readers.base import Found, SourceFile
from kg.readers.report_yaml import ReportYaml
from kg.resources import folder
from kg.rules import Change
from kg.settling import settle, take_out
from kg.store.oxigraph import OxigraphStore

ADDRESSES = Addresses()


@cache
def bundled() -> dict[NamedNode, tuple[str, ...]]:
    found = {}
    for path in sorted(folder("data").rglob("*.yaml")):
        for item in ReportYaml().read(SourceFile(path)):
            assert isinstance(item, Found), item
            found[graph_of(item.report, ADDRESSES)] = tuple(to_lines(item.report, ADDRESSES))
    return found


def build(graphs: list[NamedNode]) -> OxigraphStore:
    store = OxigraphStore()
    lines = tuple(line for graph in graphs for line in bundled()[graph])
    store.load_lines(lines)
    settle(store, Change((), (), lines), ADDRESSES)
    return store


def content(store: OxigraphStore) -> set[str]:
    return {str(quad) for quad in store.match()}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_what_is_left_is_what_was_never_with_them(share: float) -> None:
    chance = random.Random(f"{share}")
    every = sorted(bundled(), key=str)
    gone = chance.sample(every, int(len(every) * share))
    store = build(every)
    take_out(store, gone, ADDRESSES)
    left = build([g for g in every if g not in set(gone)])
    assert content(store) == content(left)


def test_taken_out_in_parts() -> None:
    chance = random.Random(5)
    every = sorted((g for g in bundled() if "/report/" in g.value), key=str)
    store, left = build(every), set(every)
    for _ in range(6):
        gone = chance.sample(sorted(left, key=str), len(left) // 3)
        take_out(store, gone, ADDRESSES)
        left -= set(gone)
    assert content(store) == content(build(sorted(left, key=str)))
