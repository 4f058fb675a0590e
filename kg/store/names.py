"""The index of names: finds things by prefix, words in any order, misspellings, aliases and identifiers.

One SQLite file, derived from the reports and rebuilt from them. Each distinct normalised name
(:func:`kg.identity.names.normalise`) is stored once; two full-text tables stand over these, one of
words and one of runs of three characters. Candidates come from the full-text tables in bounded
number and are scored with rapidfuzz, so that an answer does not get slower with common words.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from rapidfuzz.distance import OSA

from kg.errors import Locked, WorkspaceError
from kg.identity.names import normalise, strip_legal_form, trigrams
from kg.store.sqlite import connect

Match: TypeAlias = Literal["exact", "identifier", "prefix", "words", "typo"]

_LAYOUT = """
CREATE TABLE IF NOT EXISTS spelling (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS entry (
    spelling INTEGER NOT NULL, graph TEXT NOT NULL, iri TEXT NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, preferred INTEGER NOT NULL, identifier INTEGER NOT NULL, since TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS entry_spelling ON entry (spelling);
CREATE INDEX IF NOT EXISTS entry_graph ON entry (graph);
CREATE INDEX IF NOT EXISTS entry_iri ON entry (iri) WHERE preferred;
CREATE VIRTUAL TABLE IF NOT EXISTS word USING fts5(text, content='', prefix='2 3', tokenize="unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE IF NOT EXISTS gram USING fts5(text, content='', detail=none, tokenize="trigram case_sensitive 1");
CREATE VIRTUAL TABLE IF NOT EXISTS gram_count USING fts5vocab('gram', 'row');
"""
_LONGEST = 200
_MANY = 400
"""So many candidates of each kind are scored at most."""
_ENOUGH = 3
"""With so many hits, misspellings are not looked for."""
_POSTINGS = 12_000
"""So many occurrences of rare trigrams are read at most for a misspelt name."""


@dataclass(frozen=True, slots=True)
class NameEntry:
    """One name of one thing. ``preferred``: it is the label; ``identifier``: ``MSFT``, ``G0016``, ``CVE-…``.

    ``since``: the day (ISO) from which on it counts, if not from its graph's.
    """

    iri: str
    kind: str
    name: str
    preferred: bool = False
    identifier: bool = False
    since: str = ""


@dataclass(frozen=True, slots=True)
class NameHit:
    """A thing that was found: the name that matched, its label, how it matched, and how well (0–100)."""

    iri: str
    kind: str
    name: str
    label: str
    match: Match
    score: int


class NameIndex:
    """The index in one file, made if it is not there; read-only where its folder cannot be written.

    Many processes may read while one writes. Threads may share one object. Raises
    :class:`kg.errors.WorkspaceError` for a file that is no index or is damaged, and
    :class:`kg.errors.Locked` when another process writes for longer than ten seconds.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._lock = threading.RLock()
        self._held = False
        with self._errors():
            self._db = connect(self.path, _LAYOUT, "entry")

    def replace(self, graph: str, entries: Iterable[NameEntry]) -> None:
        """Make these the only names that a graph gives."""
        self.replace_many({graph: entries})

    def replace_many(self, graphs: Mapping[str, Iterable[NameEntry]]) -> None:
        """Make these the only names that each graph gives, all in one transaction."""
        with self._writing() as db:
            self._remove(db, graphs)
            rows = [(normalise(e.name)[:_LONGEST], graph, e) for graph, entries in graphs.items() for e in set(entries)]
            rows = [row for row in rows if row[0]]
            newest = db.execute("SELECT coalesce(max(id), 0) FROM spelling").fetchone()[0]
            texts = sorted({row[0] for row in rows})
            db.executemany("INSERT OR IGNORE INTO spelling (text) VALUES (?)", ((text,) for text in texts))
            db.execute("INSERT INTO word (rowid, text) SELECT id, text FROM spelling WHERE id > ?", (newest,))
            db.execute("INSERT INTO gram (rowid, text) SELECT id, ' ' || text || ' ' FROM spelling WHERE id > ?", (newest,))
            ids = {text: db.execute("SELECT id FROM spelling WHERE text = ?", (text,)).fetchone()[0] for text in texts}
            db.executemany(
                "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ((ids[text], graph, e.iri, e.kind, _clean(e.name), e.preferred, e.identifier, e.since) for text, graph, e in rows),
            )

    def remove(self, graph: str) -> None:
        """Take out all names that a graph gave."""
        self.replace_many({graph: ()})

    def hold(self) -> None:
        """Let others see what changes from here on only after :meth:`commit`; without it, it is dropped."""
        with self._lock, self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            self._held = True

    def commit(self) -> None:
        """Let others see what changed since :meth:`hold`."""
        with self._lock, self._errors():
            self._db.execute("COMMIT")
            self._held = False

    def count(self) -> int:
        """How many names there are; one that several graphs give to one thing counts once for each."""
        with self._reading() as db:
            return int(db.execute("SELECT count(*) FROM entry").fetchone()[0])

    def listed(self, kinds: Collection[str], without: Collection[str] = ()) -> list[NameEntry]:
        """Every name of things of some kinds that a graph not among ``without`` gives, sorted; identifiers are none."""
        chosen = sorted(set(kinds))
        where = ", ".join("?" * len(chosen))
        with self._reading() as db:
            rows = db.execute(f"SELECT graph, iri, kind, name, preferred FROM entry WHERE NOT identifier AND kind IN ({where})", chosen)
            skipped = set(without)
            found = {NameEntry(iri, kind, name, bool(preferred)) for graph, iri, kind, name, preferred in rows if graph not in skipped}
        return sorted(found, key=lambda e: (e.kind, e.name, e.iri, e.preferred))

    def exact(self, name: str) -> list[NameHit]:
        """Every thing that has this very name or identifier, normalised."""
        text = normalise(name)[:_LONGEST].strip()
        with self._reading() as db:
            row = db.execute("SELECT id FROM spelling WHERE text = ?", (text,)).fetchone() if text else None
            return self._hits(db, [_Candidate(100, "exact", row[0], text)] if row else [], (), None)

    def search(self, text: str, kinds: Collection[str] | None = None, limit: int = 20) -> list[NameHit]:
        """The things whose names fit the text best, at most ``limit``, one hit a thing, best first.

        ``kinds`` are the kinds of entries to look for, all if ``None``. Any text is fine as input.
        Misspellings (one or two edits) are looked for when no name is equal and hardly any begins
        with the text or has its words.
        """
        wanted = normalise(text[: 4 * _LONGEST])[:_LONGEST].strip()
        if not wanted or limit <= 0 or (kinds is not None and not kinds):
            return []
        chosen = tuple(sorted(set(kinds or ())))
        bare = strip_legal_form(wanted)
        found: dict[int, _Candidate] = {}
        with self._reading() as db:
            for query in dict.fromkeys((wanted, bare)):
                for identity, spelling in (*_prefixed(db, query, chosen), *_worded(db, query, chosen)):
                    _keep_best(found, _scored(query, identity, spelling, 0 if query == wanted else 3))
            hits = self._hits(db, found.values(), chosen, limit)
            if len(hits) < min(limit, _ENOUGH) and not any(hit.match in ("exact", "identifier") for hit in hits):
                for identity, spelling in _similar(db, bare):
                    edits = _edits(bare, spelling)
                    if edits is not None:
                        score = max(30, 78 - 12 * edits - min(24, abs(len(spelling) - len(bare))))
                        _keep_best(found, _Candidate(score, "typo", identity, spelling))
                hits = self._hits(db, found.values(), chosen, limit)
        return hits

    def hide(self, graphs: Iterable[str], day: str) -> None:
        """Show only what other graphs name, and names that count on a day (ISO), as long as this object is open."""
        with self._lock, self._errors():
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS hidden (graph TEXT PRIMARY KEY) WITHOUT ROWID")
            self._db.executemany("INSERT OR IGNORE INTO temp.hidden VALUES (?)", ((graph,) for graph in graphs))
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS today (day TEXT)")
            self._db.execute("DELETE FROM temp.today")
            self._db.execute("INSERT INTO temp.today VALUES (?)", (day,))
            # a temporary view comes before the table of that name, so that every search reads it
            self._db.execute(
                "CREATE TEMP VIEW IF NOT EXISTS entry AS SELECT * FROM main.entry "
                "WHERE graph NOT IN (SELECT graph FROM temp.hidden) AND since <= (SELECT day FROM temp.today)"
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> NameIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise Locked(f"{self.path} is being written by another process; try again") from error
            raise WorkspaceError(f"the name index {self.path} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(f"{self.path} is damaged or no name index ({error}); run 'kg rebuild'") from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view, whatever is written meanwhile."""
        with self._lock, self._errors():
            if self._held:
                yield self._db
                return
            self._db.execute("BEGIN")
            try:
                yield self._db
            finally:
                self._db.execute("COMMIT")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._errors():
            if self._held:
                yield self._db
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _hits(self, db: sqlite3.Connection, candidates: Iterable[_Candidate], kinds: tuple[str, ...], limit: int | None) -> list[NameHit]:
        """The best things behind the candidates, best first."""
        best: dict[str, tuple[int, str, str, Match]] = {}
        for candidate in sorted(candidates, key=lambda c: (-c.score, c.text)):
            if limit is not None and len(best) >= limit:
                break
            where, values = _of_kinds("kind", kinds)
            rows = db.execute(
                "SELECT iri, min(kind), min(name), max(preferred), max(identifier) FROM entry WHERE spelling = ?"
                f"{where} GROUP BY iri ORDER BY 5 DESC, 4 DESC, iri LIMIT ?",
                (candidate.spelling, *values, -1 if limit is None else limit),
            )
            for iri, kind, name, preferred, identifier in rows:
                match: Match = "identifier" if identifier and candidate.match == "exact" else candidate.match
                score = candidate.score - (0 if preferred or identifier else 1)
                if iri not in best or score > best[iri][0]:
                    best[iri] = (score, kind, name, match)
        hits = [NameHit(iri, kind, name, self._label(db, iri, name), match, score) for iri, (score, kind, name, match) in best.items()]
        return sorted(hits, key=lambda hit: (-hit.score, hit.label, hit.iri))[:limit]

    def _label(self, db: sqlite3.Connection, iri: str, otherwise: str) -> str:
        """The preferred name that most graphs give to a thing."""
        row = db.execute(
            "SELECT name FROM entry WHERE iri = ? AND preferred GROUP BY name ORDER BY count(*) DESC, name LIMIT 1", (iri,)
        ).fetchone()
        return str(row[0]) if row else otherwise

    def _remove(self, db: sqlite3.Connection, graphs: Iterable[str]) -> None:
        """Take out the entries of graphs, and the spellings that nothing has any more."""
        touched: set[int] = set()
        for graph in graphs:
            touched.update(row[0] for row in db.execute("SELECT DISTINCT spelling FROM entry WHERE graph = ?", (graph,)))
            db.execute("DELETE FROM entry WHERE graph = ?", (graph,))
        for identity in sorted(touched):
            if db.execute("SELECT 1 FROM entry WHERE spelling = ? LIMIT 1", (identity,)).fetchone():
                continue
            text = db.execute("SELECT text FROM spelling WHERE id = ?", (identity,)).fetchone()[0]
            db.execute("INSERT INTO word (word, rowid, text) VALUES ('delete', ?, ?)", (identity, text))
            db.execute("INSERT INTO gram (gram, rowid, text) VALUES ('delete', ?, ?)", (identity, f" {text} "))
            db.execute("DELETE FROM spelling WHERE id = ?", (identity,))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A spelling that may be meant."""

    score: int
    match: Match
    spelling: int
    text: str


def _keep_best(found: dict[int, _Candidate], candidate: _Candidate) -> None:
    known = found.get(candidate.spelling)
    if known is None or candidate.score > known.score:
        found[candidate.spelling] = candidate


def _scored(query: str, identity: int, spelling: str, less: int) -> _Candidate:
    """A candidate that begins with the query or has all its words: the more of it is named, the better."""
    share = len(query) / max(len(spelling), 1)
    if spelling == query:
        return _Candidate(100 - less, "exact" if not less else "words", identity, spelling)
    if spelling.startswith(query):
        whole = spelling[len(query)] == " "
        return _Candidate(int(78 + 10 * min(share, 1) + (7 if whole else 0)) - less, "prefix", identity, spelling)
    return _Candidate(int(58 + 24 * min(share, 1)) - less, "words", identity, spelling)


def _of_kinds(column: str, kinds: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return (f" AND {column} IN ({', '.join('?' * len(kinds))})", kinds) if kinds else ("", ())


def _wanted_kinds(kinds: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """A condition on ``spelling`` that a thing of one of the kinds has it."""
    where, values = _of_kinds("entry.kind", kinds)
    return (f" AND EXISTS (SELECT 1 FROM entry WHERE entry.spelling = spelling.id{where})", values) if kinds else ("", ())


def _prefixed(db: sqlite3.Connection, query: str, kinds: tuple[str, ...]) -> list[tuple[int, str]]:
    """Spellings that begin with the query, the query itself first."""
    where, values = _wanted_kinds(kinds)
    return db.execute(
        f"SELECT id, text FROM spelling WHERE text >= ? AND text < ?{where} ORDER BY text LIMIT ?",
        (query, query + "\U0010ffff", *values, _MANY),
    ).fetchall()


def _worded(db: sqlite3.Connection, query: str, kinds: tuple[str, ...]) -> list[tuple[int, str]]:
    """Spellings that have all words of the query in any order, the last one perhaps unfinished."""
    words = query.split()
    if len(words) == 1 and len(query) == 1:
        return []
    where, values = _wanted_kinds(kinds)
    match = " AND ".join('"' + word.replace('"', '""') + '"' for word in words) + "*"
    return db.execute(
        f"SELECT spelling.id, spelling.text FROM word JOIN spelling ON spelling.id = word.rowid WHERE word MATCH ?{where} LIMIT ?",
        (match, *values, _MANY),
    ).fetchall()


def _similar(db: sqlite3.Connection, query: str) -> list[tuple[int, str]]:
    """Spellings that share most of the rarest trigrams of the query."""
    counted = []
    for gram in sorted(trigrams(query)):
        row = db.execute("SELECT doc FROM gram_count WHERE term = ?", (gram,)).fetchone()
        if row is not None:
            counted.append((row[0], gram))
    shared: Counter[int] = Counter()
    left = _POSTINGS
    for count, gram in sorted(counted):
        if count > left and shared:
            break
        left -= count
        quoted = '"' + gram.replace('"', '""') + '"'
        shared.update(row[0] for row in db.execute("SELECT rowid FROM gram WHERE gram MATCH ? LIMIT ?", (quoted, _POSTINGS)))
    best = sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:_MANY]
    return [(identity, db.execute("SELECT text FROM spelling WHERE id = ?", (identity,)).fetchone()[0]) for identity, _ in best]


def _edits(query: str, spelling: str) -> int | None:
    """How many letters apart two names are, word by word or as a whole; ``None`` for too many.

    Up to five letters may have one edit, longer names two. Words that only the spelling has do not count.

    >>> _edits("micorsoft", "microsoft corporation"), _edits("cosy bear", "cozy bear"), _edits("apt1", "lazarus")
    (1, 1, None)
    """
    allowed = 1 if len(query) <= 5 else 2
    whole = OSA.distance(query, spelling, score_cutoff=allowed)
    if whole <= allowed:
        return int(whole)
    total = 0
    words = spelling.split()
    for wanted in query.split():
        tolerated = 0 if len(wanted) <= 3 else 1 if len(wanted) <= 5 else 2
        nearest = min((OSA.distance(wanted, word, score_cutoff=tolerated) for word in words), default=tolerated + 1)
        total += nearest
        if nearest > tolerated or total > allowed:
            return None
    return total


def _clean(name: str) -> str:
    """A name as it can be stored: without NUL and lone surrogates, at most 2,000 characters."""
    return name.replace("\0", "")[:2000].encode("utf-8", "replace").decode("utf-8")
