"""The names that the product knows, and where they stand in a text.

Names come from plain files in ``kg/extraction/lexicon`` (see ``NOTICE.md`` there): ``names.tsv`` (actors, malware, tools, techniques,
organizations, countries: built by ``tools/build_lexicon.py``), ``places.yaml``, ``sectors.yaml``, ``techniques.yaml`` (what plain language
says for a technique), ``cues.yaml``. All of them are looked for at once (Aho-Corasick); the longest name at a place wins.

Each name has a rule that keeps it away from ordinary words:

====  ==============================================================================================================
rule  the name counts
====  ==============================================================================================================
``a``  in any case (``apt29``; phrases of plain language)
``c``  with capitals where the name has them, or in capitals throughout (``Cozy Bear``, ``EMOTET``); never in lower case
``e``  spelt exactly so (``US``, ``certutil``)
``o``  spelt exactly so, and not at the start of a sentence, or beside a cue (``Target said``)
``x``  spelt exactly so, and beside a cue (``the Hive ransomware``, ``a group called Play``)
``n``  not at all: an ordinary word in lower case (``net``), which only counts as a file (``net.exe``)
====  ==============================================================================================================

>>> lexicon = Lexicon.bundled()
>>> [(m.kind, m.id, m.text) for m in lexicon.find("Cozy Bear sent spear-phishing emails from Russia.")]
[('actor', 'actor:apt29', 'Cozy Bear'), ('technique', 'T1566', 'spear-phishing emails'), ('country', 'RU', 'Russia')]
>>> lexicon.find("They play in the hive. Will we meet at the net?")
[]
"""

from __future__ import annotations

import hashlib
import itertools
import re
from bisect import bisect_right
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick_rs
import yaml

from kg.extraction import indicators

FOLDER = Path(__file__).resolve().parent / "lexicon"
FILES = ("names.tsv", "places.yaml", "sectors.yaml", "techniques.yaml", "cues.yaml")
ORDINARY = 400
"""How often pyspellchecker must count a word for it to stand in ``words.txt`` as an ordinary one."""
GAP = 6
"""Most words for which ``…`` stands in ``techniques.yaml``."""
LAYERS = {"technique": 1, "tactic": 2, "sector": 3}
"""Kinds that may overlap names; within a layer mentions never overlap."""
ORDER = ("actor", "malware", "tool", "organization", "country", "nationality", "place", "technique", "tactic", "sector")
"""Which kind a name is when it could be several and nothing beside it tells."""

_SIMPLE = str.maketrans(dict.fromkeys("-‐‑‒–_\u00a0\u2002\u2003\u2009\u202f\u200b\t\r\n", " ") | {"’": "'", "‘": "'", "ʼ": "'", "İ": "i"})
_SENTENCE_END = re.compile(r"(?:^|[.!?:;•|\n][\"'”’)\]*_#\s]*|^[\s#*>•-]*)$")
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")
_CLUSTER = re.compile(
    r"(?<![A-Za-z0-9.-])(?:(?:APT|UNC|FIN|UAC|TAG|DEV|ATK|CL-[A-Z]{3})(?:-[A-Z]-)?[- ]?\d{1,4}|TA[- ]?\d{3,4}|Storm-\d{3,4}"
    r"|TEMP\.[A-Z][a-z]+)(?![A-Za-z0-9]|[.-]\d)"
)
"""Numbered names of tracked groups: known in form, whoever they are."""
_TECHNIQUE_ID = re.compile(r"(?<![A-Za-z0-9])(?:T(?:1\d{3}|0\d{3})(?:[./]\d{3})?|TA00\d\d)(?![A-Za-z0-9])")

_Cues = dict[str, tuple[frozenset[str], frozenset[str]]]


@dataclass(frozen=True, slots=True)
class NameMention:
    """A name at ``[start, end)``. ``id`` is ours, that of ATT&CK or MISP, or None where the name stands for several or is unknown.

    Kinds: actor, malware, tool, technique, tactic, organization, country, nationality, place, sector; cve, ipv4, domain, url, email,
    sha256, sha1, md5 (their ``id`` is the value, no longer defanged). ``score`` says how safe the name is from being another word.
    """

    start: int
    end: int
    text: str
    kind: str
    id: str | None
    score: float


class Entry(NamedTuple):
    """One thing that a name may stand for. ``rest`` is what must follow a phrase with a gap."""

    kind: str
    id: str | None
    rule: str
    name: str
    rest: re.Pattern[str] | None = None


def fold(text: str) -> str:
    """Lower case, hyphens and white space as spaces, one quote mark; as long as the text itself, so that offsets stay.

    >>> fold("Cozy-Bear’s"), len(fold("İstanbul")) == len("İstanbul")
    ("cozy bear's", True)
    """
    text = text.translate(_SIMPLE)
    low = text.lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def rule_for(kind: str, name: str, words: Collection[str], rare: bool = False) -> str | None:
    """The rule of a name, given the ordinary ``words``; None for a name that cannot be told from other text.

    ``rare``: from a long list of little-known things; such a name needs more to be believed.

    >>> words = {"hive", "bear", "fancy", "at"}
    >>> [rule_for("actor", n, words) for n in ("APT29", "Fancy Bear", "Hive", "Emotet", "at")]
    ['a', 'c', 'x', 'c', None]
    """
    parts = re.findall(r"[^\W_]+", name)
    joined = "".join(parts)
    if len(joined) < 2 or joined.isdigit():
        return None
    if kind in ("technique", "tactic"):
        if len(parts) == 1 or rare:
            return "x"
        return "a" if kind == "tactic" or any(p.lower().endswith(("ing", "ion", "ery", "ment", "ance")) for p in parts) else "c"
    if kind == "country" or kind == "place":
        return "c"
    ordinary = [p.lower() in words or p.isdigit() for p in parts]
    if kind in ("organization", "nationality"):
        if len(parts) > 1:
            return "c" if not all(ordinary) or len(parts) > 2 else "o"
        return "o" if ordinary[0] or len(joined) < 3 else "e" if len(joined) < 5 else "c"
    if len(joined) < 3:
        return None if kind == "actor" or rare else "x"
    has_digit = any(c.isdigit() for c in joined) and any(c.isalpha() for c in joined)
    if has_digit and len(joined) > 3 and not all(ordinary):
        return "a" if not rare else "e"
    if len(parts) == 1:
        if ordinary[0] and name.islower():
            return "n"
        return "x" if ordinary[0] or len(joined) < 4 or (rare and len(joined) < 5) else ("e" if name[0].islower() and not rare else "c")
    return "x" if all(ordinary) and rare else "c"


def alternatives(pattern: str) -> list[str]:
    """All wordings of a pattern with ``(a|b)`` groups.

    >>> alternatives("phish(ed|ing) e(-|)mail")
    ['phished e-mail', 'phished email', 'phishing e-mail', 'phishing email']
    """
    pieces = [piece[1:-1].split("|") if piece.startswith("(") else [piece] for piece in re.split(r"(\([^()]*\))", pattern) if piece]
    return [" ".join("".join(choice).split()) for choice in itertools.product(*pieces)]


def _expression(pattern: str) -> str:
    """A piece of a phrase as a regular expression over folded text."""
    pieces = re.split(r"([()|])", fold(pattern.strip()))
    return "".join("(?:" if p == "(" else p if p in (")", "|") else r"\ +".join(re.escape(w) for w in p.split(" ")) for p in pieces)


@cache
def ordinary_words() -> frozenset[str]:
    """Ordinary English words, lower case (``words.txt``).

    >>> "hive" in ordinary_words(), "emotet" in ordinary_words()
    (True, False)
    """
    return frozenset((FOLDER / "words.txt").read_text("utf-8").split())


def _yaml(name: str) -> Any:
    return yaml.load((FOLDER / name).read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


class _Automaton:
    """Folded names → entries, all found in one pass."""

    def __init__(self, entries: dict[str, list[Entry]]) -> None:
        self.named = entries
        self.entries = list(entries.values())
        self.search = ahocorasick_rs.AhoCorasick(list(entries), store_patterns=False) if entries else None

    def hits(self, folded: str) -> Iterable[tuple[int, int, int]]:
        """(which, start, end) of every name, overlapping ones too."""
        return self.search.find_matches_as_indexes(folded, overlapping=True) if self.search else ()


class Lexicon:
    """Names and what they stand for; cannot be changed. Make one with :meth:`bundled`, more with :meth:`with_names`."""

    def __init__(self, automata: tuple[_Automaton, ...], cues: _Cues, retired: dict[str, str], version: str) -> None:
        self._automata = automata
        self._cues = cues
        self._retired = retired
        self.version = version
        """Hash of all names it knows: stored with what was found, so that a later reader knows what was known."""

    @staticmethod
    @cache
    def bundled() -> Lexicon:
        """The lexicon of the files that come with the package; read once.

        >>> Lexicon.bundled() is Lexicon.bundled()
        True
        """
        entries: dict[str, list[Entry]] = {}
        retired: dict[str, str] = {}
        for line in (FOLDER / "names.tsv").read_text("utf-8").splitlines():
            kind, id, *names = line.split("\t")
            if kind in ("retired", "attack"):
                retired[id] = names[0][2:]
                continue
            for named in names:
                _add(entries, kind, id, named[0], named[2:])
        _add_places(entries, _yaml("places.yaml"))
        for sector, phrases in _yaml("sectors.yaml").items():
            _add_phrases(entries, "sector", sector, phrases)
        techniques = _yaml("techniques.yaml")
        for tactic, phrases in techniques.pop("tactics").items():
            _add_phrases(entries, "tactic", tactic, phrases)
        for technique, phrases in techniques.items():
            _add_phrases(entries, "technique", technique, phrases)
        cues = {
            kind: (frozenset(fold(w) for w in sides["before"]), frozenset(fold(w) for w in sides["after"]))
            for kind, sides in _yaml("cues.yaml").items()
        }
        digest = hashlib.sha256(b"\0".join((FOLDER / name).read_bytes() for name in FILES)).hexdigest()[:16]
        return Lexicon((_Automaton(entries),), cues, retired, digest)

    def with_names(self, names: Iterable[tuple[str, str, str | None]]) -> Lexicon:
        """A lexicon that also knows these ``(name, kind, id)``; where one was known, the new meaning wins. Order does not matter.

        >>> known = Lexicon.bundled().with_names([("Velvet Otter", "actor", "actor:velvet-otter")])
        >>> [m.id for m in known.find("Velvet Otter struck again.")]
        ['actor:velvet-otter']
        """
        entries: dict[str, list[Entry]] = {}
        listed = sorted({(" ".join(name.split()), kind, id or "") for name, kind, id in names})
        for name, kind, id in listed:
            if kind in LAYERS:
                _add(entries, kind, id or None, "a", name)
            elif rule := rule_for(kind, name, ordinary_words()):
                _add(entries, kind, id or None, rule, name)
        if not entries:
            return self
        digest = hashlib.sha256(repr((self.version, listed)).encode()).hexdigest()[:16]
        return Lexicon((_Automaton(entries), *self._automata), self._cues, self._retired, digest)

    def current(self, id: str) -> str:
        """The ATT&CK id that a retired one has been replaced by; any other id as it is.

        >>> Lexicon.bundled().current("T1086"), Lexicon.bundled().current("T1566")
        ('T1059.001', 'T1566')
        """
        for _ in range(5):
            if id not in self._retired or id.startswith("actor:"):
                break
            id = self._retired[id]
        return id

    def attack_id(self, id: str | None) -> str | None:
        """The bare ATT&CK id behind an id of a mention, where ATT&CK knows the thing.

        >>> Lexicon.bundled().attack_id("actor:apt29"), Lexicon.bundled().attack_id("attack:S0367"), Lexicon.bundled().attack_id("misp:1")
        ('G0016', 'S0367', None)
        """
        if id is None or id.startswith("attack:"):
            return id and id.removeprefix("attack:")
        return self._retired.get(id) if id.startswith("actor:") else id if id[:1] == "T" else None

    def meanings(self, name: str) -> set[str]:
        """The kinds of which a name is one, whatever its case.

        >>> sorted(Lexicon.bundled().meanings("Winnti")), Lexicon.bundled().meanings("nobody")
        (['actor', 'malware'], set())
        """
        key = fold(name)
        return {entry.kind for automaton in self._automata for entry in automaton.named.get(key, ())}

    def find(self, text: str) -> list[NameMention]:
        """The names and indicators of a text, in their order.

        Names do not overlap one another; techniques, tactics and sectors are layers of their own. Nothing is found inside web addresses,
        e-mail addresses and domains but these themselves. Never raises; cost grows with the length of the text.

        >>> [(m.kind, m.id) for m in Lexicon.bundled().find("The Hive ransomware hit a hospital.") if m.kind != "technique"]
        [('malware', 'misp:8ce915d3-8c6d-4841-b509-18379d7a8999'), ('sector', 'healthcare')]
        """
        folded = fold(text)
        marks = indicators.find(text)
        starts = [m.start for m in marks]
        kept: list[list[NameMention]] = [[], [], [], []]
        candidates: list[tuple[int, int, int, int, list[Entry]]] = []
        size = len(folded)
        for order, automaton in enumerate(self._automata):
            known = automaton.entries
            for which, start, end in automaton.hits(folded):
                if (start and folded[start - 1].isalnum() and folded[start].isalnum()) or (
                    end < size and folded[end].isalnum() and folded[end - 1].isalnum()
                ):
                    continue
                n = bisect_right(starts, start) - 1
                if n >= 0 and marks[n].end > start and not (marks[n].start == start and marks[n].end <= end):
                    continue
                candidates.append((start, -end, order, which, known[which]))
        candidates.sort(key=lambda c: c[:4])
        covered = [0, 0, 0, 0]
        for layer in range(4):
            for start, minus_end, _, _, entries in candidates:
                if start < covered[layer]:
                    continue
                mention = self._mention(text, folded, start, -minus_end, [e for e in entries if LAYERS.get(e.kind, 0) == layer])
                if mention is not None:
                    kept[layer].append(mention)
                    covered[layer] = mention.end
        found = list(itertools.chain.from_iterable(kept))
        names = {(m.start, m.end) for m in kept[0]}
        found += [
            NameMention(m.start, m.end, text[m.start : m.end], m.kind, m.value, 1.0)
            for m in marks
            if not any(s <= m.start and m.end <= e for s, e in names if s == m.start)
        ]
        places = [m.start for m in kept[0]]
        for match in _CLUSTER.finditer(text):
            n, k = bisect_right(starts, match.start()) - 1, bisect_right(places, match.end() - 1) - 1
            if (n < 0 or marks[n].end <= match.start()) and (k < 0 or kept[0][k].end <= match.start()):
                found.append(NameMention(match.start(), match.end(), match.group(), "actor", None, 0.9))
        for match in _TECHNIQUE_ID.finditer(text):
            id = self.current(match.group().replace("/", "."))
            n = bisect_right(starts, match.start()) - 1
            if n < 0 or marks[n].end <= match.start():
                found.append(NameMention(match.start(), match.end(), match.group(), "tactic" if id[1] == "A" else "technique", id, 1.0))
        found.sort(key=lambda m: (m.start, -m.end, m.kind))
        return found

    def _mention(self, text: str, folded: str, start: int, end: int, entries: list[Entry]) -> NameMention | None:
        """The mention that a hit is: the first entry whose rule the text keeps, those with a cue beside them first."""
        if not entries:
            return None
        surface = text[start:end]
        best: tuple[tuple[int, int, int], Entry, int, float] | None = None
        cues: dict[str, int] = {}
        plain = any(e.rule in "ace" for e in entries)
        for place, entry in enumerate(entries):
            stop = end
            if entry.rest is not None:
                match = entry.rest.match(folded, end)
                if match is None:
                    continue
                stop = match.end()
            if entry.kind not in cues:
                cues[entry.kind] = self._cue(folded, start, end, entry.kind) if entry.rule in "xo" or len(entries) > 1 else 0
                if entry.kind == "actor" and entry.rule == "x" and not cues["actor"]:
                    cues["actor"] = min(1, self._cue(folded, start, end, "malware"))
            cue = cues[entry.kind]
            if not _keeps(entry, surface, cue, text, start) or (plain and entry.rule == "x" and cue < 3):
                continue
            score = {"a": 0.95, "c": 0.95, "e": 0.9, "o": 0.9 if cue else 0.7, "x": 0.8}[entry.rule]
            rank = (-cue, ORDER.index(entry.kind) if entry.kind in ORDER else len(ORDER), place)
            if best is None or (rank, -stop) < (best[0], -best[2]):
                best = (rank, entry, stop, score)
        if best is None:
            return None
        _, entry, stop, score = best
        return NameMention(start, stop, text[start:stop], entry.kind, entry.id, score)

    def _cue(self, folded: str, start: int, end: int, kind: str) -> int:
        """How near the nearest cue of a kind stands: 3 right beside the name, 0 none; 4 for ``Hive ransomware gang``, an actor."""
        if kind not in self._cues:
            return 0
        before, after = self._cues[kind]
        right = re.split(r"[.!?;\n](?:\s|$)", folded[end : end + 40])[0]
        near = 0
        following = _WORD.findall(right)[:2]
        for n, word in enumerate(following):
            if word in after:
                near = max(near, 3 - n)
                if n and kind == "actor" and following[0] in self._cues["malware"][1]:
                    near = 4
        if "'s" in after and right.startswith("'s"):
            near = max(near, 2)
        left = re.split(r"[.!?;\n]\s", folded[max(0, start - 48) : start])[-1]
        for n, word in enumerate(reversed(_WORD.findall(left)[-3:])):
            if word in before:
                near = max(near, 3 - n)
        return near


def _keeps(entry: Entry, surface: str, cue: int, text: str, start: int) -> bool:
    """Whether a surface keeps the rule of an entry."""
    rule = entry.rule
    if rule == "a":
        return True
    name = entry.name
    same = surface == name or surface.translate(_SIMPLE) == name.translate(_SIMPLE)
    if rule == "c":
        if same or (surface.isupper() and len(surface) > 3):
            return True
        if surface.islower():
            return False
        return all(
            not official[:1].isupper() or seen[:1].isupper() or official.lower() in ("the", "of", "and")
            for official, seen in zip(name.split(), surface.split(), strict=False)
        ) and surface[:1].isupper()
    if rule == "e":
        return same
    if rule == "x":
        return (same or (surface.isupper() and len(surface) > 3 and cue > 1)) and cue > 0
    if not same:
        return False
    return cue > 0 or not _SENTENCE_END.search(text[max(0, start - 12) : start])


def _add(entries: dict[str, list[Entry]], kind: str, id: str | None, rule: str, name: str, rest: re.Pattern[str] | None = None) -> None:
    entry = Entry(kind, id, rule, name, rest)
    key = fold(name)
    if rule != "n":
        entries.setdefault(key, []).append(entry)
    if rule == "a" and kind in ("actor", "malware", "tool"):
        split = re.sub(r"(?<=[a-z]{2})(?=\d)|(?<=\d)(?=[a-z]{2})", " ", key) if " " not in key else key.replace(" ", "")
        if split != key and re.fullmatch(r"[a-z]+ ?\d+", split):
            entries.setdefault(split, []).append(entry)
    if key.startswith(("us ", "uk ")):
        entries.setdefault(f"{key[0]}.{key[1]}.{key[2:]}", []).append(Entry(kind, id, "a", name))
    if kind == "tool" and name.islower() and not name.endswith(".exe") and name.isalnum():
        entries.setdefault(f"{key}.exe", []).append(Entry(kind, id, "a", f"{name}.exe"))


def _add_phrases(entries: dict[str, list[Entry]], kind: str, id: str, phrases: Iterable[str]) -> None:
    """Phrases of plain language; the part before the first gap is looked for, the rest must follow."""
    for phrase in phrases:
        head, *others = str(phrase).split("…")
        gap = rf"(?:[^\w.!?\n]+[\w'.]+){{0,{GAP}}}?[^\w.!?\n]+"
        rest = re.compile(gap + gap.join(f"(?:{_expression(o)})" for o in others) + r"(?!\w)") if others else None
        for wording in dict.fromkeys(alternatives(head.strip())):
            if wording:
                _add(entries, kind, id, "e" if wording.isupper() and len(wording) < 5 else "a", wording, rest)


def _add_places(entries: dict[str, list[Entry]], places: dict[str, Any]) -> None:
    for area, kind in (("regions", "place"), ("region_people", "nationality")):
        for name in places.pop(area):
            _add(entries, kind, None, "e" if len(name) < 5 else "c", name)
    for code, written in places.items():
        for part, kind in (("names", "country"), ("people", "nationality"), ("cities", "place")):
            for name in written.get(part, ()):
                known = entries.setdefault(fold(name), [])
                known[:] = [e for e in known if e.kind not in ("country", "nationality", "place") or e.kind == "country" != kind]
                _add(entries, kind, code, "e" if len(name) < 5 and name.replace(".", "").isupper() else "c", name)
