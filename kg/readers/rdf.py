"""Our own RDF exports back in: N-Quads, TriG and JSON-LD, one report a named graph (``docs/rdf-in.md``).

The mapping (:mod:`kg.mapping`) is turned round, and the result is proven: a graph is taken only if the report that was read from it maps
to the very same statements. So nothing that our model cannot say gets in unseen, whoever made the file and whatever its graphs are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

from pydantic import ValidationError
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.errors import BadInput, UsageError
from kg.identity.iris import Addresses
from kg.mapping import CLAIM_FIELDS, CLASSES, FIELDS, REFERENCE_FIELDS, REPORT_FIELDS, to_lines
from kg.model.report import CLAIMS, RESERVED, THINGS, Described, Incident, IncidentReport
from kg.readers.base import Found, Reject, SourceFile, misfit
from kg.times import Interval
from kg.vocabulary import IKG, PREFIXES, SCHEMES, Precision

FORMATS = {".nq": RdfFormat.N_QUADS, ".trig": RdfFormat.TRIG, ".jsonld": RdfFormat.JSON_LD}
"""Endings of the formats that keep named graphs."""
MAX_STATEMENTS = 2_000_000
"""Most statements of one graph; a graph with more is put aside."""
MAX_FAULTS = 100
"""So many faults of syntax are named one by one in some lines of N-Quads (:data:`_CHUNK`)."""
_CHUNK = 1 << 20
_FILLER = "\u2026"
_GRAPH = re.compile(r"(https?://\S*[/#])id/(report|reference)/([A-Za-z0-9][A-Za-z0-9._-]{0,119})")
_DERIVED = re.compile(r"https?://\S*[/#]id/(?:graph/derived|result/[^/\s]+|reference/links-by-rule)")
_QUAD_LINE = re.compile(rb"\s*<[^<>\s]+>\s+<[^<>\s]+>\s+.+<[^<>\s]+>\s*\.\s*$")
_FIELD_OF_CLASS = {IKG + name: field for field, name in CLASSES.items()}
_VALUES = {term.iri: term.value for scheme in SCHEMES.values() for term in scheme}

Said = dict[str, list[NamedNode | Literal]]


class _Unfit(ValueError):
    """Why a graph is no report of ours."""


class Rdf:
    """N-Quads, TriG and JSON-LD as ``kg export`` writes them. Graphs that are derived are left out: they are derived again."""

    name = "rdf"

    def sniff(self, name: str, head: bytes) -> bool:
        if name.lower().endswith(tuple(FORMATS)):
            return True
        return bool(_QUAD_LINE.match(head.partition(b"\n")[0]))

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        format = next((f for e, f in FORMATS.items() if source.name.removesuffix(".gz").lower().endswith(e)), _guess(source.head()))
        graph, quads, done = "", list[Quad](), set[str]()
        faults: list[Reject] = []
        for quad in _quads(source, format, faults):
            yield from faults
            faults.clear()
            name = getattr(quad.graph_name, "value", "")
            if name != graph:
                yield from _one(source.name, graph, quads, done)
                graph, quads = name, []
            if len(quads) <= MAX_STATEMENTS and not _DERIVED.fullmatch(name):
                quads.append(quad)
        yield from faults
        yield from _one(source.name, graph, quads, done)


def _guess(head: bytes) -> RdfFormat:
    if head.lstrip()[:1] in (b"[", b"{"):
        return RdfFormat.JSON_LD
    return RdfFormat.N_QUADS if _QUAD_LINE.match(head.partition(b"\n")[0]) else RdfFormat.TRIG


def _quads(source: SourceFile, format: RdfFormat, faults: list[Reject]) -> Iterator[Quad]:
    """The statements of a file; what is no RDF goes to ``faults``. Of N-Quads the other lines are read, else the rest is lost."""
    with source.open() as stream:
        if format is RdfFormat.N_QUADS:
            yield from _lines(source.name, stream, faults)
            return
        try:
            yield from parse(stream, format=format)
        except (SyntaxError, ValueError, OSError, RecursionError) as error:
            faults.append(_fault(source.name, format, error, getattr(error, "lineno", None), "; the rest of the file is not read"))


def _lines(file: str, stream: BinaryIO, faults: list[Reject]) -> Iterator[Quad]:
    """N-Quads some lines at a time; where one of these is broken, each by itself."""
    number = 0
    while lines := stream.readlines(_CHUNK):
        try:
            found = list(parse(b"".join(lines), format=RdfFormat.N_QUADS))
        except (SyntaxError, ValueError):
            found = []
            for at, line in enumerate(lines, number + 1):
                try:
                    found += parse(line, format=RdfFormat.N_QUADS)
                except (SyntaxError, ValueError) as error:
                    if len(faults) < MAX_FAULTS:
                        faults.append(_fault(file, RdfFormat.N_QUADS, error, at))
        number += len(lines)
        yield from found


def _fault(file: str, format: RdfFormat, error: Exception, line: int | None, rest: str = "") -> Reject:
    why = re.sub(r" ?\(line \d+\)", "", str(error))[:200]
    return Reject(file, f"line {line}" if line else "file", f"is no {format.name}: {why}{rest}")


def _one(file: str, graph: str, quads: list[Quad], done: set[str]) -> Iterator[Found | Reject]:
    if _DERIVED.fullmatch(graph) or not (quads or graph):
        return
    where = f"graph {graph[:200]}" if graph else "default graph"
    if graph in done:
        yield Reject(file, where, "comes in several parts; sort the file by graph, as kg export does")
        return
    done.add(graph)
    try:
        if len(quads) > MAX_STATEMENTS:
            raise _Unfit(f"holds more than {MAX_STATEMENTS:,} statements")
        report = report_of(graph, quads)
    except ValidationError as error:
        yield Reject(file, where, misfit(error))
    except (_Unfit, BadInput, UsageError) as error:
        yield Reject(file, where, str(error))
    except (ValueError, KeyError, IndexError, OverflowError) as error:
        yield Reject(file, where, f"is no report as kg export writes one ({type(error).__name__}: {str(error)[:120]})")
    else:
        yield Found(where, report)


def report_of(graph: str, quads: list[Quad]) -> IncidentReport:
    """The report that a named graph is. Raises :class:`ValueError` (what is wrong, in words) if it is none, or says more than one can."""
    found = _GRAPH.fullmatch(graph)
    if not found:
        raise _Unfit(
            "is not the graph of a report: its name is no address <base>id/report/<id>"
            if graph
            else "statements outside of a report's graph"
        )
    base, kind, name = found.groups()
    if kind == "reference" and name in RESERVED:
        raise _Unfit("holds decisions of another workspace on who is who; make them here with 'kg link'")
    if any(not isinstance(term, NamedNode | Literal) for q in quads for term in (q.subject, q.object)):
        raise _Unfit("holds blank nodes or triple terms, which no report has")
    addresses = Addresses(base)
    report = IncidentReport.model_validate(_Graph(graph, kind, addresses, quads).report())
    if faults := report.faults():
        raise _Unfit(f"is not sound: {'.'.join(map(str, faults[0][0]))}: {faults[0][1]}")
    if report.info.id != name:
        raise _Unfit(f"calls itself {report.info.id!r}, and its graph {name!r}")
    ours, theirs = set(to_lines(report, addresses)), {f"{quad} .\n" for quad in quads}
    if ours != theirs:
        extra, missing = sorted(theirs - ours), sorted(ours - theirs)
        what = f"says what no report says: {extra[0].strip()[:240]}" if extra else f"lacks {missing[0].strip()[:240]}"
        raise _Unfit(f"{what} ({len(extra):,} statements too many, {len(missing):,} too few)")
    return report


class _Graph:
    """One graph, read back by the table that it was written by."""

    def __init__(self, graph: str, kind: str, addresses: Addresses, quads: list[Quad]) -> None:
        self.graph, self.kind, self.root = graph, kind, addresses.root
        self.said: dict[str, Said] = {}
        for quad in quads:
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode | Literal):
                self.said.setdefault(quad.subject.value, {}).setdefault(quad.predicate.value, []).append(quad.object)
        self.keys: dict[str, str] = {}
        self.quotes: dict[int, str] = {}

    def report(self) -> dict[str, Any]:
        things: list[tuple[str, str]] = []
        claims: list[tuple[str, str]] = []
        for subject, said in sorted(self.said.items()):
            if _p("Misreading") in self.values(said, "rdf:type"):
                raise _Unfit("holds misreadings, which stand in RDF in part only; take the report's own file (reports/<id>.yaml)")
            for field in sorted(_FIELD_OF_CLASS.get(kind, "") for kind in self.values(said, "rdf:type")):
                if field in THINGS and _p("mentionedIn") in said:
                    things.append((field, subject))
                    self.keys[subject] = self.key_of(subject)
                elif field in CLAIMS:
                    claims.append((field, subject))
        if len(set(self.keys.values())) != len(self.keys):
            self.keys = {
                subject: f"{subject.split('/')[-2]}.{key}" if self.is_known(subject) else key for subject, key in self.keys.items()
            }
        self.read_quotes()
        found: dict[str, Any] = {self.kind: self.head()}
        me = self.said.get(self.graph, {})
        if words := self.one(me, "wordsOf"):
            found["text"], found["text_by"], found["text_hash"] = self.text(), _VALUES[words], self.one(me, "sourceHash")
        found["unmapped"] = [dict(zip(("field", "value"), v.split(" = ", 1), strict=True)) for v in self.values(me, "unmapped")]
        for field, subject in things:
            found.setdefault(field, []).append(self.thing(field, subject))
        for field, subject in claims:
            found.setdefault(field, []).append(self.claim(field, subject))
        return found

    # parts

    def head(self) -> dict[str, Any]:
        said = self.said.get(self.graph, {})
        found = self.fields(said, REPORT_FIELDS if self.kind == "report" else REFERENCE_FIELDS)
        found |= {"id": self.one(said, "dct:identifier"), "title": self.one(said, "skos:prefLabel")}
        found |= {"publisher": self.ref(self.one(said, "dct:publisher")), "cites": self.cites(said)}
        if self.kind == "report":
            found["published"] = self.time(said, "published")
            nodes = sorted(self.values(said, "hasDate"), key=lambda node: int(node.rpartition("-")[2]))
            told = [self.said.get(node, {}) for node in nodes]
            found["dates"] = [{"kind": _VALUES[self.one(date, "dateKind")], "when": self.time(date)} for date in told]
        return found

    def thing(self, field: str, subject: str) -> dict[str, Any]:
        said, kind = self.said[subject], THINGS[field]
        found: dict[str, Any] = {"key": self.keys[subject], "identifiers": self.values(said, "dct:identifier")}
        if self.is_known(subject):
            found["id"] = subject.rpartition("/")[2]
        label, aliases = self.one(said, "skos:prefLabel"), self.values(said, "skos:altLabel")
        if issubclass(kind, Incident):
            found["title"] = label
        elif issubclass(kind, Described):
            found["description"] = label
        elif field == "catalogued_techniques":
            found |= {"name": (aliases or [label])[0], "aliases": aliases[1:]}
        else:
            found |= {"name": label, "aliases": aliases}
        if note := self.one(said, "rdfs:comment"):
            found["note"] = note
        return found | self.fields(said, FIELDS.get(field, ()))

    def claim(self, field: str, subject: str) -> dict[str, Any]:
        said = self.said[subject]
        found: dict[str, Any] = {"key": subject.removeprefix(f"{self.graph}/claim/"), "asserted_by": self.ref(self.one(said, "assertedBy"))}
        found |= {"method": _VALUES[self.one(said, "method")], "cites": self.cites(said)}
        found |= self.fields(said, CLAIM_FIELDS) | self.fields(said, FIELDS[field])
        if "wordsOfConfidence" in found:
            found["confidence_words"] = found.pop("wordsOfConfidence")
        if _p("start") in said:
            found["when"] = self.time(said)
        found["evidence"] = [self.evidence(node) for node in self.values(said, "evidence")]
        if person := self.one(said, "reviewedBy"):
            by = self.one(self.said.get(person, {}), "skos:prefLabel")
            found["reviewed"] = {"answer": "accepted", "by": by, "when": self.one(said, "reviewedOn")[:10]}
        return found

    # the words that were kept

    def read_quotes(self) -> None:
        for said in self.said.values():
            if _p("Evidence") in self.values(said, "rdf:type"):
                start, end, quote = int(self.one(said, "oa:start")), int(self.one(said, "oa:end")), self.one(said, "oa:exact")
                if not 0 <= start <= end <= 20_000_000 or end - start != len(quote):
                    raise _Unfit(f"evidence that is said to stand at {start}-{end} does not fit there")
                self.quotes[start] = max(self.quotes.get(start, ""), quote, key=len)

    def text(self) -> str:
        size = max((start + len(quote) for start, quote in self.quotes.items()), default=0)
        letters = [_FILLER] * size
        for start, quote in self.quotes.items():
            letters[start : start + len(quote)] = quote
        self.whole = "".join(letters)
        return self.whole

    def evidence(self, node: str) -> dict[str, Any]:
        said = self.said.get(node, {})
        quote, start = self.one(said, "oa:exact"), int(self.one(said, "oa:start"))
        occurrence, at = 1, self.whole.find(quote)
        while 0 <= at < start:
            at, occurrence = self.whole.find(quote, at + 1), occurrence + 1
        section = self.one(said, "section")
        return {"quote": quote, "occurrence": occurrence, **({"section": section} if section else {})}

    whole = ""

    # values

    def fields(self, said: Said, fields: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, predicate, how in fields:
            if how == "count":
                if count := self.count(said):
                    found[name] = count
                continue
            values = [self.value(how, value) for value in self.values(said, predicate)]
            if values:
                found[name] = values[0] if len(values) == 1 else values
        return found

    def value(self, how: str, value: str) -> Any:
        match how:
            case "ref":
                return self.ref(value)
            case "term":
                return _VALUES[value]
            case "country":
                return value.removeprefix(f"{IKG}country-")
            case "integer":
                return int(value)
            case "flag":
                return True
            case "technique":
                return value.rpartition("/")[2]
        return value

    def count(self, said: Said) -> dict[str, Any]:
        found: dict[str, Any] = {n: int(v) for n in ("min", "max") if (v := self.one(said, f"count{n.title()}"))}
        found |= {n: v for n in ("words", "unit") if (v := self.one(said, f"count{n.title()}"))}
        return found or ({"min": None} if _p("countUnknown") in said else {})

    def time(self, said: Said, prefix: str = "") -> Interval | None:
        def named(word: str) -> str:
            return self.one(said, prefix + word[0].upper() + word[1:] if prefix else word)

        if not named("start"):
            return None
        words = self.one(said, "publishedWords" if prefix else "timeWords") or None
        start, end = (datetime.fromisoformat(named(bound)) for bound in ("start", "end"))
        return Interval(start=start, end=end, precision=Precision(_VALUES[named("precision")]), words=words)

    def cites(self, said: Said) -> list[dict[str, str]]:
        return [{"publisher": line} for line in self.values(said, "citation")]

    def ref(self, iri: str) -> str:
        if iri in self.keys:
            return self.keys[iri]
        kind, _, known = iri.removeprefix(self.root).partition("/")
        if not iri.startswith(self.root) or "/" in known or not known:
            raise _Unfit(f"names {iri[:200]!r}, which is no thing of this graph and no known thing")
        return f"{kind}:{known}"

    def is_known(self, iri: str) -> bool:
        return not iri.startswith(f"{self.graph}/")

    def key_of(self, iri: str) -> str:
        return iri.rpartition("/")[2]

    @staticmethod
    def values(said: Said, name: str) -> list[str]:
        return sorted(value.value for value in said.get(_p(name), ()))

    def one(self, said: Said, name: str) -> str:
        values = self.values(said, name)
        if len(values) > 1:
            raise _Unfit(f"says {len(values)} values of {name} where there is one: {values[0][:60]!r}, {values[1][:60]!r}")
        return values[0] if values else ""


def _p(name: str) -> str:
    prefix, colon, rest = name.partition(":")
    return PREFIXES[prefix] + rest if colon else IKG + name
