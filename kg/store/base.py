"""The interface of every quad store, and what all engines share: reading a query's text before it runs.

RDF terms are pyoxigraph's everywhere. A store answers SPARQL 1.1 queries over the union of its named
graphs, replaces whole graphs, and never runs an update or calls another server for a query.

:func:`prepare` cuts a query into tokens and puts it together again with comments gone, strings and
IRIs in one canonical spelling, and bound variables replaced by their terms as pyoxigraph writes them.
The engine therefore cannot see a ``SERVICE`` where this module saw a string, a comment or an IRI.
(Oxigraph reads ``SERVICEx:y {`` and ``?a<?b)SERVICE#>`` as service calls. Its own ``substitutions``
refuse variables outside the outermost SELECT and stop at sub-queries, so they are not used.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Literal as Choice
from typing import Protocol, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.errors import QueryError, QueryRefused
from kg.vocabulary import PREFIXES

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple
"""What can stand in an answer. Stored data has no blank nodes, but CONSTRUCT and BNODE() can make them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave. Rows and triples are read as they come, once.

    ``form`` says which of the others is filled: ``select`` has ``variables`` (without ``?``) and
    ``rows`` (one value a variable, ``None`` where unbound); ``ask`` has ``boolean``; ``construct``
    (DESCRIBE as well) has ``triples``.
    """

    form: Choice["select", "ask", "construct"]
    variables: list[str] = field(default_factory=list)
    rows: Iterator[tuple[Term | None, ...]] = field(default_factory=lambda: iter(()))
    boolean: bool = False
    triples: Iterator[Triple] = field(default_factory=lambda: iter(()))


class QuadStore(Protocol):
    """A set of named graphs. The default graph of every query is the union of them all."""

    def query(self, text: str, bindings: Mapping[str, Term] | None = None) -> Answer:
        """Answer a SPARQL 1.1 query.

        ``bindings`` gives variables (named without ``?``) a value before the query runs; such a
        variable has its value everywhere in the query and in the answer. The prefixes of
        :data:`kg.vocabulary.PREFIXES` need no declaration. Raises :class:`kg.errors.QueryError` with
        line and cause for a query that cannot be read and for a binding of a variable that does not
        occur in the query; :class:`kg.errors.QueryRefused` for updates and ``SERVICE``.
        """
        ...

    def graphs(self) -> Iterator[NamedNode]:
        """The names of all graphs, in no particular order."""
        ...

    def quads(self, graph: NamedNode) -> Iterator[Quad]:
        """All quads of one graph; none if there is no such graph."""
        ...

    def match(
        self,
        subject: NamedNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph: NamedNode | None = None,
    ) -> Iterator[Quad]:
        """The quads that have the given parts; ``None`` stands for anything. Far cheaper than a query."""
        ...

    def patch(self, removed: Iterable[Quad], added: Iterable[Quad]) -> None:
        """Take single quads out and put others in; those that are (not) there already are passed over."""
        ...

    def replace(self, graphs: Mapping[NamedNode, Iterable[Quad]]) -> None:
        """Replace each graph named by the quads given for it; no quads: the graph is removed.

        All of it happens, or nothing. Raises :class:`ValueError` for a quad that names another graph.
        """
        ...

    def load(self, quads: Iterable[Quad]) -> None:
        """Add many quads to new graphs in bounded memory. Not a transaction: an error leaves a part behind."""
        ...

    def __len__(self) -> int:
        """How many quads are stored."""
        ...

    def close(self) -> None:
        """Release files and locks; the store is not used afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: its kind (a group of ``_TOKEN``), its text, and where it stands."""

    kind: str
    text: str
    start: int
    line: int

    @property
    def word(self) -> str:
        """The text in capitals if this is a keyword, else nothing."""
        return self.text.upper() if self.kind == "word" else ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query that is fit to run: ``text`` for the engine, and what to do with its answer.

    ``constants`` are bound variables that ``SELECT *`` should show as columns; ``hidden`` are helper
    columns to leave out; ``prefixes`` are those of :data:`kg.vocabulary.PREFIXES` that the text lacks;
    ``union`` says that the default graph is the union of all graphs (no ``FROM`` chooses another).
    """

    text: str
    form: Choice["select", "ask", "construct"]
    prefixes: dict[str, str]
    constants: dict[str, Term] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    union: bool = True

    def with_prefixes(self) -> str:
        """The text with its missing prefixes declared, on the first line so that line numbers stay.

        >>> prepare("ASK { ?s a skos:Concept }").with_prefixes()
        'PREFIX skos: <http://www.w3.org/2004/02/skos/core#> ASK { ?s a skos:Concept }'
        """
        return "".join(f"PREFIX {name}: <{iri}> " for name, iri in self.prefixes.items()) + self.text

    def rows(self, variables: list[str], rows: Iterable[tuple[Term | None, ...]]) -> Answer:
        """The answer of a SELECT: helper columns out, constants in."""
        keep = [n for n, name in enumerate(variables) if name not in self.hidden]
        extra = tuple(self.constants.values())
        if len(keep) == len(variables) and not extra:
            return Answer("select", variables, iter(rows))
        names = [variables[n] for n in keep] + list(self.constants)
        return Answer("select", names, (tuple(row[n] for n in keep) + extra for row in rows))


_PN = r"[\w\-\u00b7\u0300-\u036f\u203f\u2040]"
_ESCAPE = r"\\(?:[tbnrf\"'\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
_TOKEN = re.compile(
    rf"""
      (?P<space>[ \t\r\n]+)
    | (?P<comment>\#[^\r\n]*)
    | (?P<string>\"\"\"(?:\"{{0,2}}(?:[^"\\]|{_ESCAPE}))*\"\"\" | \'\'\'(?:\'{{0,2}}(?:[^'\\]|{_ESCAPE}))*\'\'\'
               | \"(?:[^"\\\r\n]|{_ESCAPE})*\" | \'(?:[^'\\\r\n]|{_ESCAPE})*\')
    | (?P<iri><(?![?$])(?:[^<>"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*>)
    | (?P<var>[?$][\w\u00b7\u0300-\u036f\u203f\u2040]+)
    | (?P<lang>@[A-Za-z]+(?:-+[A-Za-z0-9]+)*)
    | (?P<bnode>_:{_PN}+(?:\.+{_PN}+)*)
    | (?P<pname>(?:[^\W\d_](?:(?:{_PN}|\.)*{_PN})?)?:(?:(?:{_PN}|:|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?\#@%])|\.+(?={_PN}|:|%|\\))*)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<mark>[^\\])
    """,
    re.VERBOSE,
)
_STRING = NamedNode("http://www.w3.org/2001/XMLSchema#string")
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
_FORMS: dict[str, Choice["select", "ask", "construct"]] = {
    "SELECT": "select", "ASK": "ask", "CONSTRUCT": "construct", "DESCRIBE": "construct",
}  # fmt: skip
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def tokens(text: str) -> list[Token]:
    """Cut a query into tokens, white space and comments included.

    Raises :class:`QueryError` at a backslash outside strings, IRIs and names.

    >>> [t.text for t in tokens("ASK { ?s rdfs:label 'a # b' } # c") if t.kind not in ("space", "comment")]
    ['ASK', '{', '?s', 'rdfs:label', "'a # b'", '}']
    """
    found: list[Token] = []
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError(f"line {line}: a backslash may stand in strings, IRIs and prefixed names only")
        found.append(Token(str(match.lastgroup), match.group(), position, line))
        line += match.group().count("\n")
        position = match.end()
    return found


def spell_string(value: str) -> str:
    """A string literal on one line, in double quotes, as pyoxigraph writes it."""
    return str(Literal(value))


def spell_iri(value: str) -> str:
    """An IRI in angle brackets that no engine can take for a less-than sign, a bracket and a comment.

    >>> spell_iri("urn:a(b)#c")
    '<urn:a(b\\\\u0029\\\\u0023c>'
    """
    return "<" + (value.replace(")", "\\u0029").replace("#", "\\u0023") if ")" in value else value) + ">"


@dataclass(frozen=True, slots=True)
class Spelling:
    """How strings (from their value) and IRIs are written for an engine."""

    string: Callable[[str], str] = spell_string
    iri: Callable[[str], str] = spell_iri

    def term(self, term: NamedNode | Literal) -> str:
        """A bound term as it stands in the query."""
        if isinstance(term, NamedNode):
            return self.iri(term.value)
        if term.language:
            return f"{self.string(term.value)}@{term.language}"
        text = self.string(term.value)
        return text if term.datatype == _STRING else f"{text}^^{self.iri(term.datatype.value)}"


def _string_value(token: Token) -> str:
    """What a string token says. Raises :class:`QueryError` for an escape of a surrogate."""
    quote = 3 if len(token.text) >= 6 and token.text[:3] in ('"""', "'''") else 1

    def value(match: re.Match[str]) -> str:
        code = match.group()[1:]
        if code[0] in "uU":
            number = int(code[1:], 16)
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                raise QueryError(f"line {token.line}: {match.group()} is no character")
            return chr(number)
        return _ESCAPES.get(code, code)

    return re.sub(_ESCAPE, value, token.text[quote:-quote])


def _refuse_service(code: list[Token]) -> None:
    """Raise :class:`QueryRefused` where any engine could read the keyword SERVICE."""
    for index, token in enumerate(code):
        if token.kind not in ("word", "pname", "bnode") or "service" not in token.text.lower():
            continue
        after = [t for t in code[index + 1 : index + 4] if t.word != "SILENT"][:2]
        before_colon = token.text.lower().partition(":")[0]
        if token.kind == "word" or (("service" in before_colon or ".service" in token.text.lower()) and any(t.text == "{" for t in after)):
            raise QueryRefused(f"line {token.line}: SERVICE is not allowed: queries may not call other servers")


def _form(code: list[Token]) -> Choice["select", "ask", "construct"]:
    """What kind of query this is. Raises :class:`QueryRefused` for an update, :class:`QueryError` else."""
    index = 0
    while index < len(code) and code[index].word in ("PREFIX", "BASE", "VERSION"):
        index += 3 if code[index].word == "PREFIX" else 2
    if index >= len(code):
        raise QueryError("the query is empty")
    first = code[index]
    if first.word in _UPDATES:
        raise QueryRefused(f"line {first.line}: {first.word} changes data; queries may only read (SELECT, ASK, CONSTRUCT, DESCRIBE)")
    if first.word not in _FORMS:
        raise QueryError(f"line {first.line}: expected SELECT, ASK, CONSTRUCT or DESCRIBE, found {first.text[:40]!r}")
    return _FORMS[first.word]


def _missing_prefixes(code: list[Token]) -> dict[str, str]:
    """Known prefixes that are used and not declared. Raises :class:`QueryError` for an unknown one."""
    declared = {b.text for a, b in pairwise(code) if a.word == "PREFIX" and b.kind == "pname"}
    missing: dict[str, str] = {}
    for token in code:
        name = token.text.partition(":")[0]
        if token.kind != "pname" or name + ":" in declared or name in missing:
            continue
        if name not in PREFIXES:
            raise QueryError(f"line {token.line}: the prefix {name + ':'!r} is not declared (known without: {', '.join(PREFIXES)})")
        missing[name] = PREFIXES[name]
    return missing


def _places(code: list[Token]) -> Iterator[tuple[Token, str, int]]:
    """Each token, where it stands, and the number of open braces.

    The place is ``outer`` or ``inner`` for a bare column of the outermost or another SELECT,
    ``assigned`` after AS, ``values`` for a variable of VALUES, ``group`` and ``order`` for the keys of
    GROUP BY and ORDER BY, and nothing elsewhere.
    """
    region, brackets, braces = "", 0, 0
    for index, token in enumerate(code):
        before = code[index - 1] if index else token
        if token.text == "(":
            brackets += 1
        elif token.text == ")":
            brackets -= 1
        elif token.text in "{}":
            braces += 1 if token.text == "{" else -1
            region = ""
        elif token.word == "SELECT":
            region, brackets = ("inner" if braces else "outer"), 0
        elif token.word in ("WHERE", "FROM", "HAVING", "LIMIT", "OFFSET"):
            region = ""
        elif token.word == "VALUES":
            region, brackets = "values", 0
        elif token.word == "BY":
            region, brackets = before.word.lower(), 0
        place = region if token.kind == "var" and (brackets == 0 or region == "values") else ""
        if token.kind == "var" and before.word == "AS":
            place = "assigned"
        yield token, place, braces


def prepare(text: str, bindings: Mapping[str, Term] | None = None, spelling: Spelling | None = None) -> Prepared:
    """Check a query and make it ready to run, its bound variables replaced by their terms.

    Raises
    :class:`QueryRefused` for updates and SERVICE, :class:`QueryError` for undeclared prefixes and for
    bindings that name no variable of the query, that the query also assigns, or that are neither IRI
    nor literal.

    >>> prepare("SELECT ?s ?o { ?s ?p ?o }", {"s": NamedNode("urn:x")}).text
    'SELECT (<urn:x> AS ?s) ?o {  <urn:x>  ?p ?o }'
    >>> prepare("ASK { SERVICE <urn:x> {} }")
    Traceback (most recent call last):
    kg.errors.QueryRefused: line 1: SERVICE is not allowed: queries may not call other servers
    """
    return _prepare_plain(text) if not bindings and spelling is None else _prepare(text, bindings or {}, spelling or Spelling())


@lru_cache(256)
def _prepare_plain(text: str) -> Prepared:
    """A query without bindings, for the engine that spells as we do: rules ask the same again and again."""
    return _prepare(text, {}, Spelling())


def _prepare(text: str, bindings: Mapping[str, Term], spelling: Spelling) -> Prepared:
    every = tokens(text)
    code = [token for token in every if token.kind not in ("space", "comment")]
    _refuse_service(code)
    form = _form(code)
    prefixes = _missing_prefixes(code)
    terms = dict(bindings)
    written: dict[str, str] = {}
    names = {token.text[1:] for token in code if token.kind == "var"}
    for name, term in terms.items():
        if name not in names:
            known = ", ".join("?" + n for n in sorted(names)) or "none"
            raise QueryError(f"the query has no variable ?{name} (it has: {known})")
        if not isinstance(term, NamedNode | Literal):
            raise QueryError(f"?{name} must be given an IRI or a literal, not {type(term).__name__}")
        written[name] = spelling.term(term)
    replaced, hidden, star = _replacements(code, written)
    out: list[str] = []
    for token in every:
        if token.kind == "comment":
            out.append(" ")
        elif token.kind == "string":
            out.append(spelling.string(_string_value(token)) + "\n" * token.text.count("\n"))
        elif token.kind == "iri":
            out.append(spelling.iri(token.text[1:-1]))
        else:
            out.append(replaced.get(token.start, token.text))
    constants = terms if star else {}
    return Prepared("".join(out), form, prefixes, constants, frozenset(hidden), union=not any(t.word == "FROM" for t in code))


def _replacements(code: list[Token], written: Mapping[str, str]) -> tuple[dict[int, str], set[str], bool]:
    """What stands in place of each bound variable (by position), helper columns, and whether the query is SELECT *."""
    replaced: dict[int, str] = {}
    hidden: set[str] = set()
    star = False
    previous = Token("mark", "", 0, 1)
    for token, place, braces in _places(code):
        if token.text == "*" and braces == 0 and previous.word in ("SELECT", "DISTINCT", "REDUCED"):
            star = True
        previous = token
        name = token.text[1:]
        if token.kind != "var" or name not in written:
            continue
        term = written[name]
        if place in ("assigned", "values"):
            raise QueryError(f"line {token.line}: ?{name} is given from outside and may not get a value in the query as well")
        if place == "outer":
            replaced[token.start] = f"({term} AS ?{name})"
        elif place in ("inner", "group"):
            helper = f"given_{name}_{token.start}"
            hidden.add(helper)
            replaced[token.start] = f"({term} AS ?{helper})"
        elif place == "order":
            replaced[token.start] = f"({term})"
        else:
            replaced[token.start] = f" {term} "
    _replace_bound_calls(code, written, replaced)
    return replaced, hidden, star


def _replace_bound_calls(code: list[Token], written: Mapping[str, str], replaced: dict[int, str]) -> None:
    """BOUND(?given) is true: the call takes a variable only."""
    for word, bracket, variable in zip(code, code[1:], code[2:], strict=False):
        if word.word == "BOUND" and bracket.text == "(" and variable.kind == "var" and variable.text[1:] in written:
            replaced[word.start] = ""
            replaced[variable.start] = "true"
