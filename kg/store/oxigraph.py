"""The embedded store: Oxigraph, in memory or in a directory."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Self, TypeAlias

from pyoxigraph import NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, RdfFormat, Store, Triple

from kg.errors import Locked, NewerLayout, QueryError, WorkspaceError
from kg.store.base import Answer, Term, prepare

_MANY = 5_000
_CHUNK = 100_000
_STAGING = "urn:x-incident-kg:staging:"
_Changes: TypeAlias = dict[NamedNode, tuple[set[Quad], set[Quad]]]


class OxigraphStore:
    """Quads in Oxigraph: ``path`` is a directory, or ``None`` for memory.

    Opening for writing takes the directory's lock. A directory that another process writes must not
    be opened at all, not even with ``read_only``: open a checkpoint of it (:mod:`kg.store.generations`).
    Raises :class:`kg.errors.Locked` and :class:`kg.errors.WorkspaceError`.
    """

    def __init__(self, path: Path | str | None = None, *, read_only: bool = False) -> None:
        self.path = Path(path) if path is not None else None
        self.read_only = read_only
        self._writing = threading.Lock()
        self._open: Store | None = _open(self.path, read_only)
        if not read_only and self.path is not None:
            for graph in list(self._store.named_graphs()):
                if isinstance(graph, NamedNode) and graph.value.startswith(_STAGING):
                    self._store.remove_graph(graph)

    @property
    def _store(self) -> Store:
        if self._open is None:
            raise WorkspaceError("this store is closed")
        return self._open

    def query(self, text: str, bindings: Mapping[str, Term] | None = None) -> Answer:
        """See :meth:`kg.store.base.QuadStore.query`."""
        prepared = prepare(text, bindings)
        try:
            result = self._store.query(prepared.text, prefixes=prepared.prefixes, use_default_graph_as_union=prepared.union)
        except SyntaxError as error:
            raise QueryError(_cause(error)) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the query cannot run: {error}") from error
        if isinstance(result, QuerySolutions):
            return prepared.rows([variable.value for variable in result.variables], _rows(result))
        if isinstance(result, QueryTriples):
            return Answer("construct", triples=_triples(result))
        assert isinstance(result, QueryBoolean)
        return Answer("ask", boolean=bool(result))

    def graphs(self) -> Iterator[NamedNode]:
        """See :meth:`kg.store.base.QuadStore.graphs`."""
        for graph in self._store.named_graphs():
            if isinstance(graph, NamedNode) and not graph.value.startswith(_STAGING):
                yield graph

    def quads(self, graph: NamedNode) -> Iterator[Quad]:
        """See :meth:`kg.store.base.QuadStore.quads`."""
        return iter(self._store.quads_for_pattern(None, None, None, graph))

    def lines(self, graph: NamedNode) -> list[str]:
        """All quads of one graph as lines of N-Quads, for :meth:`load_lines`; much faster than :meth:`quads`."""
        triples = self._store.dump(format=RdfFormat.N_TRIPLES, from_graph=graph)
        assert isinstance(triples, bytes)
        ending = f"{graph} .\n"
        return [line[:-1] + ending for line in triples.decode().split("\n") if line]

    def match(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """See :meth:`kg.store.base.QuadStore.match`."""
        return iter(self._store.quads_for_pattern(subject, predicate, object, graph))

    def patch(self, removed: Iterable[Quad], added: Iterable[Quad]) -> None:
        """See :meth:`kg.store.base.QuadStore.patch`. Each removal is a commit; many additions are loaded in bulk."""
        new = list(added)
        with self._writing:
            for quad in removed:
                self._write(partial(self._store.remove, quad))
            if new:
                self._write(partial(self._bulk if len(new) > _MANY else self._store.extend, new))

    def replace(self, graphs: Mapping[NamedNode, Iterable[Quad]]) -> None:
        """See :meth:`kg.store.base.QuadStore.replace`. Only the difference to what is stored is written.

        Oxigraph commits one ``extend`` or one ``update`` as a whole. New quads alone are one ``extend``.
        Where quads also go, the first step writes the differences into staging graphs, the second is one
        update that names graphs only and moves everything into place. The visible graphs change in that
        one commit; staging left by a crash before it is dropped when the store is opened again. Queries
        in this process between the two steps can see the new quads early.
        """
        with self._writing:
            changes = self._changes(graphs)
            added = [quad for new, _ in changes.values() for quad in new]
            if not any(gone for _, gone in changes.values()):
                if added:
                    self._write(lambda: self._store.extend(added))
                return
            staged: list[Quad] = []
            steps: list[str] = []
            for number, (graph, (new, gone)) in enumerate(changes.items()):
                plus, minus = NamedNode(f"{_STAGING}plus:{number}"), NamedNode(f"{_STAGING}minus:{number}")
                staged += [Quad(q.subject, q.predicate, q.object, plus) for q in new]
                if not new and len(gone) == self._size(graph):
                    steps.append(f"DROP SILENT GRAPH {graph}")
                    continue
                staged += [Quad(q.subject, q.predicate, q.object, minus) for q in gone]
                steps.append(f"DELETE {{ GRAPH {graph} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {minus} {{ ?s ?p ?o }} }}")
                steps.append(f"INSERT {{ GRAPH {graph} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {plus} {{ ?s ?p ?o }} }}")
                steps += [f"DROP SILENT GRAPH {plus}", f"DROP SILENT GRAPH {minus}"]
            if staged:
                self._write(lambda: self._store.extend(staged))
            self._write(lambda: self._store.update(" ;\n".join(steps)))

    def load(self, quads: Iterable[Quad]) -> None:
        """See :meth:`kg.store.base.QuadStore.load`."""
        with self._writing:
            self._write(lambda: self._bulk(quads))

    def load_lines(self, lines: Iterable[str]) -> None:
        """Like :meth:`load`, from lines of N-Quads as this engine writes them, without blank nodes.

        Other threads go on meanwhile, and many lines are loaded by two, because the engine uses one for each call.
        """
        given = list(lines)
        with self._writing:
            if len(given) < _MANY:
                self._write(partial(self._load_part, given))
                return
            with ThreadPoolExecutor(2) as threads:
                halves = given[: len(given) // 2], given[len(given) // 2 :]
                self._write(lambda: list(threads.map(self._load_part, halves)))

    def drop(self, graphs: Iterable[NamedNode]) -> None:
        """Remove whole graphs, one after the other: far faster than :meth:`replace`, and no transaction."""
        with self._writing:
            for graph in graphs:
                self._write(partial(self._store.remove_graph, graph))

    def checkpoint(self, path: Path | str) -> None:
        """Copy the store to a new directory, by hard links where the file system has them.

        Raises :class:`kg.errors.WorkspaceError` if the directory exists or cannot be written.
        """
        target = Path(path)
        if self.path is None:
            raise WorkspaceError("a store in memory has no checkpoints")
        if target.exists():
            raise WorkspaceError(f"{target} exists already")
        try:
            self._store.backup(str(target))
        except (OSError, RuntimeError) as error:
            raise WorkspaceError(f"{self.path} cannot be copied to {target}: {error}") from error

    def __len__(self) -> int:
        return len(self._store)

    def close(self) -> None:
        """Release the directory."""
        if self._open is not None and self.path is not None and not self.read_only:
            self._open.flush()
        self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _size(self, graph: NamedNode) -> int:
        return sum(1 for _ in self.quads(graph))

    def _changes(self, graphs: Mapping[NamedNode, Iterable[Quad]]) -> _Changes:
        """For each graph that changes: the quads that come and the quads that go."""
        changes: _Changes = {}
        for graph, quads in graphs.items():
            wanted = set(quads)
            strangers = {quad.graph_name for quad in wanted} - {graph}
            if strangers:
                raise ValueError(f"quads of {strangers.pop()} given for graph {graph}")
            stored = set(self.quads(graph))
            if wanted != stored:
                changes[graph] = (wanted - stored, stored - wanted)
        return changes

    def _bulk(self, quads: Iterable[Quad]) -> None:
        """Add many quads. As text, because that is stored while other threads go on; blank nodes would get new names that way."""
        left = iter(quads)
        while chunk := list(islice(left, _CHUNK)):
            text = "".join(f"{quad} .\n" for quad in chunk)
            if "_:" in text:
                self._store.bulk_extend(chunk)
            else:
                self._store.bulk_load(text.encode(), format=RdfFormat.N_QUADS, lenient=True)

    def _load_part(self, lines: list[str]) -> None:
        self._store.bulk_load("".join(lines).encode(), format=RdfFormat.N_QUADS, lenient=True)

    def _write(self, action: Callable[[], object]) -> None:
        if self.read_only:
            raise WorkspaceError(f"{self.path} is open for reading only")
        try:
            action()
        except OSError as error:
            raise WorkspaceError(f"{self.path or 'the store in memory'} cannot be written: {error}") from error


def _open(path: Path | None, read_only: bool) -> Store:
    if path is None:
        return Store()
    try:
        if not read_only:
            return Store(str(path))
        if not (path / "CURRENT").is_file():
            raise WorkspaceError(f"{path} is not a store")
        return Store.read_only(str(path))
    except (OSError, RuntimeError) as error:
        words = " ".join(str(error).split())
        if "lock" in words.lower() and "corruption" not in words.lower():
            raise Locked(f"{path} is locked: another process writes there; wait for it or end it") from error
        if "version" in words.lower() and "oxigraph" in words.lower():
            raise NewerLayout(f"{path} was written by another version of the store: {words}") from error
        raise WorkspaceError(f"{path} cannot be opened (damaged, or not a store): {words}") from error


def _rows(solutions: QuerySolutions) -> Iterator[tuple[Term | None, ...]]:
    try:
        for solution in solutions:
            yield tuple(solution)
    except (OSError, RuntimeError) as error:
        raise QueryError(f"the query stopped: {error}") from error


def _triples(triples: QueryTriples) -> Iterator[Triple]:
    try:
        yield from triples
    except (OSError, RuntimeError) as error:
        raise QueryError(f"the query stopped: {error}") from error


def _cause(error: SyntaxError) -> str:
    """Oxigraph's syntax error on one line, its list of expected characters cut short."""
    words = " ".join(str(error.msg or error).split())
    place = re.match(r"error at (\d+):\d+: (.*)", words)
    if place is None:
        return f"the query cannot be read: {words[:300]}"
    cause = re.sub(r"\['.*", "a name or number", place[2])
    return f"line {place[1]}: the query cannot be read: {cause[:200]}"
