"""VERIS records (the VERIS Community Database and its like): one record, one report.

A file is a single record, an array of records, or JSON lines, gzipped or not. It is read twice:
first to learn which record ids repeat, then record by record, so that memory does not grow with
the file. ``docs/veris.md`` has the table of how each field maps.

While a record is mapped, each value that is used is taken out of it. What is left at the end is
the report's ``unmapped``: so nothing can be lost by being forgotten.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, BinaryIO, TypeGuard

import orjson
from pydantic import TypeAdapter, ValidationError

from kg.errors import BadInput
from kg.geography import countries
from kg.model.base import clean_label
from kg.model.report import Address, IncidentReport
from kg.readers import veris_terms as terms
from kg.readers.base import Found, Reject, SourceFile, misfit
from kg.times import Interval, iso, parse
from kg.vocabulary import ActorKind, AssetKind, Effect, Event, ImpactKind, IncidentKind, Precision, Stance

Record = dict[str, Any]

MAX_RECORD = 16 * 1024**2
"""Most bytes of one record."""
MAX_DEPTH = 32
"""Deepest nesting of one record; VERIS itself has six levels."""
MAX_LABEL = 1500
"""Longest string that is used as a name or word; longer ones stay unmapped."""

_CHUNK = 1 << 20
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_PARTS = ("victim", "actor", "action", "asset", "attribute", "discovery_method", "timeline")
_VERIS_KEY = re.compile(
    rb'"(incident_id|security_incident|discovery_method|victim|victim_id|actor|action|attribute|asset|schema_version|hacking|malware|misuse|physical)"\s*:'
)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+("?)|[\[\]{},]', re.S)


class VerisReader:
    """Reads VERIS 1.3 (and what of other versions has the same fields)."""

    name = "veris"

    def sniff(self, name: str, head: bytes) -> bool:
        """Whether the first bytes look like VERIS JSON; the file's name does not matter.

        >>> VerisReader().sniff("a.JSON", b'{"incident_id": "1", "victim": {"victim_id": "Acme"}}')
        True
        """
        start = head.removeprefix(_BOM).lstrip(_BLANK)[:1]
        return start in (b"{", b"[") and len({m[1] for m in _VERIS_KEY.finditer(head)}) >= 2

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        """Each record as a report; a :class:`Reject` for what is no VERIS record or repeats one.

        Raises :class:`~kg.errors.BadInput` when the file has no VERIS record at all.
        """
        layout = _layout(source)
        repeated = _repeated_ids(source, layout)
        seen: dict[bytes, str] = {}
        for place, raw in _records(source, layout):
            try:
                record = _parse(raw)
                identity, digest = report_id(record), None
                if repeated[identity] > 1 or (layout == "record" and _is_renamed_copy(source.name, record)):
                    digest = _digest(record)
                    if digest in seen:
                        yield Reject(source.name, place, f"repeats {seen[digest]} word for word; read once")
                        continue
                    seen[digest] = place
                    identity = f"{identity}-{digest.hex()[:8]}"
                yield Found(place, _Mapping(record, identity).report())
            except ValidationError as error:
                yield Reject(source.name, place, misfit(error))
            except ValueError as error:
                yield Reject(source.name, place, str(error))


def report_id(record: Record) -> str:
    """The id of a record's report before repeats are told apart: source, ``incident_id``, and ``plus.master_id`` if it differs.

    >>> report_id({"source_id": "vcdb", "incident_id": "A-1", "plus": {"master_id": "B-2"}})
    'vcdb-A-1.B-2'
    """
    incident, master = record.get("incident_id"), _section(record, "plus").get("master_id")
    if not (isinstance(incident, str | int) and str(incident).strip()):
        incident = "no-id-" + _digest(record).hex()[:16]
    identity = f"{_source_slug(record)}-{_key_part(str(incident))}"
    if isinstance(master, str | int) and str(master).strip() and str(master).strip().lower() != str(incident).strip().lower():
        identity += "." + _key_part(str(master))
    return identity


# ── from bytes to records ────────────────────────────────────────────────────────────────────


def _open(source: SourceFile) -> BinaryIO:
    stream = source.open()
    if stream.read(3) == _BOM:
        return stream
    stream.close()
    return source.open()


def _layout(source: SourceFile) -> str:
    """``array``, ``lines`` or ``record`` (one object that may spread over lines)."""
    with _open(source) as stream:
        line = b"\n"
        while line and not line.strip(_BLANK):
            line = stream.readline(MAX_RECORD)
        start = line.lstrip(_BLANK)[:1]
        if not start:
            raise BadInput(f"{source.name}: is empty")
        if start == b"[":
            return "array"
        if start != b"{":
            raise BadInput(f"{source.name}: is not JSON (starts with {line[:12]!r})")
        rest = stream.read(MAX_RECORD)
        if not rest.strip(_BLANK):
            return "record"
        if _is_json(line):
            return "lines"
        return "lines" if not _is_json(line + rest) and b"\n{" in rest else "record"


def _is_json(raw: bytes) -> bool:
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True


def _records(source: SourceFile, layout: str) -> Iterator[tuple[str, bytes]]:
    """Every record's place and bytes; a record longer than :data:`MAX_RECORD` comes cut, so that it does not parse."""
    with _open(source) as stream:
        if layout == "array":
            yield from _items(stream)
        elif layout == "record":
            yield "record", stream.read(MAX_RECORD + 1).strip(_BLANK)
        else:
            yield from _lines(stream)


def _lines(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    number = 0
    while line := stream.readline(MAX_RECORD + 1):
        number += 1
        end = line
        while len(end) > MAX_RECORD and not end.endswith(b"\n"):
            end = stream.readline(MAX_RECORD + 1)
        if line.strip(_BLANK):
            yield f"line {number}", line.strip(_BLANK)


def _items(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """The items of the array that the stream holds, found by brackets and quotes alone."""
    buffer, depth, number, start, at, ended = b"", 0, 1, 0, 0, False
    while True:
        found = _TOKEN.search(buffer, at)
        if found is None or found[1] == b"":
            if found is None:
                at = len(buffer)
            if ended:
                break
            if len(buffer) - start > MAX_RECORD:
                yield f"item {number}", buffer[start : start + MAX_RECORD + 1]
                return
            chunk = stream.read(_CHUNK)
            ended = not chunk
            buffer, at, start = buffer[start:] + chunk, at - start if found is None else found.start() - start, 0
            continue
        at = found.end()
        mark = found[0]
        if mark in (b"[", b"{"):
            depth += 1
            if depth == 1:
                start = at
        elif mark in (b"]", b"}", b","):
            if depth == 1:
                item = buffer[start : found.start()].strip(_BLANK)
                if item or mark == b",":
                    yield f"item {number}", item
                    number += 1
                start = at
            depth -= mark != b","
            if depth == 0:
                if rest := (buffer[at:] + stream.read(_CHUNK)).strip(_BLANK):
                    yield "after the array", rest
                return
    yield f"item {number}", buffer[start:]


def _parse(raw: bytes) -> Record:
    """A VERIS record from its bytes; :class:`ValueError` says what is wrong with it."""
    if len(raw) > MAX_RECORD:
        raise ValueError(f"is longer than {MAX_RECORD:,} bytes")
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error}") from None
    if not is_veris(record):
        raise ValueError("is not a VERIS record (no incident_id with victim, actor, action, asset or attribute)")
    if _too_deep(record):
        raise ValueError(f"is nested deeper than {MAX_DEPTH} levels")
    return record  # type: ignore[no-any-return]


def is_veris(value: Any) -> bool:
    """Whether a JSON value is an object with VERIS's parts.

    >>> is_veris({"incident_id": "1", "victim": {}}), is_veris({"type": "bundle"})
    (True, False)
    """
    if not isinstance(value, dict):
        return False
    parts = sum(isinstance(value.get(part), dict) for part in _PARTS)
    return parts >= 2 or (parts == 1 and "incident_id" in value)


def _too_deep(record: Record) -> bool:
    level: list[Any] = [record]
    for _ in range(MAX_DEPTH):
        level = [
            inner for value in level for inner in (value.values() if isinstance(value, dict) else value) if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _repeated_ids(source: SourceFile, layout: str) -> Counter[str]:
    """How often each report id stands in the file. Raises BadInput when no record is VERIS."""
    ids: Counter[str] = Counter()
    reason = "has no record"
    for place, raw in _records(source, layout):
        try:
            ids[report_id(_parse(raw))] += 1
        except ValueError as error:
            reason = f"{place} {error}"
    if not ids:
        raise BadInput(f"{source.name}: no VERIS record in it: {reason}")
    return ids


def _is_renamed_copy(name: str, record: Record) -> bool:
    """Whether a single record's file is named by a GUID that is neither of its ids: the ids were copied from another record."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0].removesuffix(" copy").lower()
    own = {str(record.get("incident_id")).lower(), str(_section(record, "plus").get("master_id")).lower()}
    return bool(_GUID.fullmatch(stem)) and stem not in own


def _digest(record: Record) -> bytes:
    return hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).digest()[:16]


# ── names and ids ────────────────────────────────────────────────────────────────────────────

_GUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.I)
_QUOTES = str.maketrans("\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2010\u2011", "'''\"\"\"----")


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """A name as the end of an id; a short hash is added where letters were lost or cut.

    >>> slug("AT&T  Inc."), slug("Klinikum Süd")
    ('at-t-inc', 'klinikum-sud-9a8c9d7332')
    """
    folded = " ".join(unicodedata.normalize("NFKC", name).translate(_QUOTES).casefold().split())
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if folded.isascii() and 0 < len(short) <= 60:
        return short
    return f"{short[:60].strip('-') or 'x'}-{hashlib.sha256(folded.encode('utf-8', 'replace')).hexdigest()[:10]}"


def _key_part(text: str) -> str:
    text = text.strip()
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")
    if plain == text and len(plain) <= 40:
        return plain
    return f"{plain[:29]}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:10]}".lstrip("-")


def _source_slug(record: Record) -> str:
    source = record.get("source_id")
    return slug(source)[:24].strip("-") if isinstance(source, str) and clean_label(source) else "veris"


def _section(parent: Record, name: str) -> Record:
    """A part of a record, empty when it is missing or no object."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


# ── taking values out of a record ────────────────────────────────────────────────────────────


def _usable(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= MAX_LABEL and bool(clean_label(value))


def _stated(value: str) -> bool:
    return value.strip().lower() not in terms.NOT_STATED


def _take_text(part: Record, name: str) -> str | None:
    """A one-line string (or a whole number as one); left where it is when it is none or says that nothing is known."""
    value = part.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not _usable(value) or not _stated(value):
        return None
    del part[name]
    return clean_label(value)


def _take_note(part: Record, name: str = "notes") -> str | None:
    """A text of any length."""
    value = part.get(name)
    if not isinstance(value, str) or not _stated(value) or not clean_label(value):
        return None
    del part[name]
    return value


def _take_words(part: Record, name: str, known: Any = None) -> list[str]:
    """The strings of a list (or a single one), without repeats; with ``known`` only those that it has."""
    value = part.get(name)
    values = value if isinstance(value, list) else [value]
    taken: dict[str, None] = {}
    left = []
    for item in values:
        if _usable(item) and (known is None or clean_label(item) in known):
            taken[clean_label(item)] = None
        else:
            left.append(item)
    if taken:
        if left:
            part[name] = left
        else:
            del part[name]
    return list(taken)


def _take_number(part: Record, name: str) -> int | None:
    """A whole number that is not negative."""
    value = part.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10**18 or value != int(value):
        return None
    del part[name]
    return int(value)


def _leftovers(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value that was not taken, with its path; not those that say that nothing is known."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leftovers(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leftovers(inner, f"{path}[{index}]" if isinstance(inner, dict | list) else path)
    elif isinstance(value, str):
        zeros = path.endswith(("industry", "region")) and value and not value.strip("0")
        if not zeros and _stated(value):
            yield path, value
    elif value is not None:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


# ── times ────────────────────────────────────────────────────────────────────────────────────

_parse_time = lru_cache(maxsize=4096)(parse)


def _take_date(part: Record) -> Interval | None:
    """Year, month and day as far as they make a date; impossible ones stay."""
    year, month, day = (part.get(name) if type(part.get(name)) is int else None for name in ("year", "month", "day"))
    if year is None or not 1900 <= year <= 2100:
        return None
    text, used = f"{year:04}", ["year"]
    if month is not None and 1 <= month <= 12:
        text, used = f"{text}-{month:02}", ["year", "month"]
        if day is not None and 1 <= day <= 31:
            try:
                found = _parse_time(f"{text}-{day:02}")
            except ValueError:
                pass
            else:
                for name in ("year", "month", "day"):
                    del part[name]
                return found
    for name in used:
        del part[name]
    return _parse_time(text)


def _later(base: Interval, value: float, unit: str, words: str) -> Interval | None:
    """``value`` units after ``base``, half a unit either way from days on; whole days."""
    days = terms.UNIT_DAYS[unit]
    spread = days / 2 if days >= 1 else 0.0
    low, high = (value * days - spread, value * days + spread) if spread else (0.0, value * days)
    if not 0 <= value * days <= 36_525:
        return None
    start = (base.start + timedelta(days=max(low, 0.0))).replace(hour=0, minute=0, second=0, microsecond=0)
    end = base.end + timedelta(days=high)
    midnight = datetime(end.year, end.month, end.day, tzinfo=UTC)
    end = midnight if midnight == end else midnight + timedelta(days=1)
    return Interval(start=start, end=end, precision=Precision.ABOUT, words=words)


# ── the mapping ──────────────────────────────────────────────────────────────────────────────

_URL = re.compile(r"https?://.+?(?=[;,]?\s|[;,]+(?:https?://|www\.|$)|$)", re.I | re.S)
_CVE = re.compile(r"CVE[- _](\d{4})-(\d{4,7})(?!\d)", re.I)
_DOUBT = re.compile(r"^(?:potentially|possibly|probably|likely)\s+", re.I)
_NAICS_AT_END = re.compile(r"[;:]\s*(\d{2,6})$")
_UNNAMED = re.compile(r"^(?:unknown|unidentified|unnamed|undisclosed|various|several)\b", re.I)
_GENERIC = re.compile(r"(?:gas station|hospital|hotel|bank|restaurant|school|medical cent(?:er|re)|store|individual)s?", re.I)
_A_GROUP = re.compile(r"^etc\b|^\d+ |\bother\b|\b(?:customers|enrollees|members|clients|others)\W*$", re.I)
_NAMES = re.compile(r"\s*[;,]\s*(?:and\s+)?|\s+and\s+", re.I)
_address = TypeAdapter(Address)


@lru_cache(maxsize=4096)
def _is_address(text: str) -> bool:
    try:
        _address.validate_python(text)
    except ValidationError:
        return False
    return True


def _is_nameless(name: str) -> bool:
    """Whether the words describe a victim instead of naming it.

    >>> _is_nameless("Unnamed hotel"), _is_nameless("Gas station"), _is_nameless("Hotel Terra")
    (True, True, False)
    """
    return bool(_UNNAMED.match(name) or _GENERIC.fullmatch(name))


def _country_name(code: str) -> str:
    return countries().get(code, code)


def _joined(notes: list[str | None]) -> str | None:
    return "; ".join(n for n in notes if n) or None


class _Mapping:
    """One record on its way to a report. ``record`` is used up."""

    def __init__(self, record: Record, identity: str) -> None:
        self.record = record
        self.identity = identity
        self.parts: dict[str, list[Record]] = {}
        self.keys: dict[tuple[str, str], str] = {}
        self.source = _source_slug(record)
        status = record.get("security_incident")
        stances = terms.STANCES.get(status) if isinstance(status, str) else None
        if stances:
            del record["security_incident"]
        self.stance, self.harm = stances or (Stance.ASSERTED, Stance.ASSERTED)
        self.near_miss = self.stance is not self.harm
        self.sure: Record = {}
        confidence = record.get("confidence")
        if isinstance(confidence, str) and confidence in terms.CONFIDENCE:
            del record["confidence"]
            self.sure = {"confidence": terms.CONFIDENCE[confidence], "confidence_words": confidence}

    # -- building blocks

    def thing(self, kind: str, key: str, known: str | None = None, /, **fields: Any) -> str:
        """Declare a thing, once for each known id; its key."""
        if known and (kind, known) in self.keys:
            return self.keys[kind, known]
        self.parts.setdefault(kind, []).append({"key": key, "id": known, **fields})
        if known:
            self.keys[kind, known] = key
        return key

    def claim(self, kind: str, stance: Stance | None = None, /, **fields: Any) -> None:
        """Make a claim; ``stance`` can only weaken the record's own."""
        strongest = max(stance or self.stance, self.stance, key=terms.FORCE.index)
        self.parts.setdefault(kind, []).append({"stance": strongest, **self.sure, **fields})

    def about(self, kind: str, stance: Stance | None = None, /, **fields: Any) -> None:
        """Make a claim about the incident."""
        self.claim(kind, stance, incident="incident", **fields)

    def hurt(self, kind: str, stance: Stance | None = None, /, **fields: Any) -> None:
        """Make a claim of harm: denied where nothing happened in the end."""
        self.about(kind, max(stance or self.harm, self.harm, key=terms.FORCE.index), **fields)

    def known(self, name: str) -> str:
        return f"{self.source}.{slug(name)}"

    # -- the whole

    def report(self) -> IncidentReport:
        record = self.record
        header = self.header()
        self.kinds: dict[IncidentKind, None] = {}
        self.when = _take_date(_section(_section(record, "timeline"), "incident"))
        self.categories = [c for c in terms.ACTIONS if isinstance(_section(record, "action").get(c), dict)]
        self.victim()
        words = self.actions()
        self.actors()
        self.assets_and_attributes()
        self.timeline()
        self.impact()
        self.campaign()
        title = f"{self.victim_name[:300]}: {words[:300]}" + (f" ({self.when.start.year})" if self.when else "")
        summary = _take_note(record, "summary")
        self.thing(
            "incidents", "incident", title=title, kind=list(self.kinds) or [IncidentKind.UNKNOWN], summary=summary, note=_take_note(record)
        )  # fmt: skip
        left = [{"field": clean_label(path)[:200] or "?", "value": value} for path, value in _leftovers(record)]
        return IncidentReport.model_validate(
            {"report": {**header, "title": title}, "text": summary, "text_by": "source", **self.parts, "unmapped": left}
        )

    def header(self) -> Record:
        record, plus = self.record, _section(self.record, "plus")
        source = _take_text(record, "source_id")
        vcdb = self.source == "vcdb"
        name = "VERIS Community Database" if vcdb else source or "VERIS source that is not stated"
        self.thing("organizations", "publisher", self.source, name=name)
        header: Record = {"id": self.identity, "publisher": f"org:{self.source}", "kind": "record", "method": "read"}
        if vcdb:
            header["licence"] = "CC BY-SA 4.0"
            header["attribution"] = "VERIS Community Database, Verizon Business and contributors"
        times = {}
        for field in ("modified", "created"):
            value = plus.get(field)
            if isinstance(value, str):
                try:
                    times[field] = _parse_time(value)
                    del plus[field]
                except ValueError:
                    pass
        best = "modified" if "modified" in times else "created"
        if best in times:
            header["published"], header["published_from"] = times.pop(best), f"plus.{best}"
        header["dates"] = [{"kind": kind, "when": when} for kind, when in times.items()]
        header["identifiers"] = [
            f"{scheme}:{value}"
            for scheme, part, field in (
                ("veris", record, "incident_id"),
                ("veris-master", plus, "master_id"),
                (f"{self.source}-issue", plus, "github"),
            )
            if (value := _take_text(part, field))
        ]
        version, schema = _take_text(record, "schema_version"), _take_text(record, "schema_name")
        if version or schema:
            header["note"] = f"VERIS schema {' '.join(v for v in (schema, version) if v)}"
        self.references(header)
        return header

    def references(self, header: Record) -> None:
        value = self.record.get("reference")
        if not isinstance(value, str) or len(value) > 50_000:
            return
        del self.record["reference"]
        found: dict[str, None] = {}
        for address in _URL.findall(value):
            if "address" not in header and _is_address(address):
                header["address"] = address
            else:
                found[clean_label(address)] = None
        for rest in re.split(r"[;,]?\n|;", _URL.sub("\n", value)):
            found[clean_label(rest).strip(" ,;")] = None
        found.pop("", None)
        if any(len(text) > MAX_LABEL for text in found):
            self.record["reference"] = [text for text in found if len(text) > MAX_LABEL]
        header["identifiers"] += [f"reference:{text}" for text in found if len(text) <= MAX_LABEL and _stated(text)]

    # -- victims

    def country(self, part: Record) -> str | None:
        """The first country code of a part; further ones stay."""
        value = part.get("country")
        codes = value if isinstance(value, list) else [value]
        code = next((c for c in codes if isinstance(c, str) and c in countries()), None)
        if code:
            rest = list(codes)
            rest.remove(code)
            part["country"] = rest
        return code

    def victim(self) -> None:
        victim = _section(self.record, "victim")
        country = self.country(victim)
        sectors = []
        naics = victim.get("industry")
        if isinstance(naics, str) and (found := terms.sector(naics)):
            sectors.append(found)
        for level in _take_words(victim, "government", terms.GOVERNMENT):
            sectors = [s for s in sectors if str(s) != "government"] + [terms.GOVERNMENT[level]]
        sectors = list(dict.fromkeys(sectors))
        name = _take_text(victim, "victim_id")
        self.victim_name = name or "Unknown victim"
        notes = _take_note(victim)
        if name and not _is_nameless(name):
            self.victim_key = self.thing(
                "organizations", "victim", self.known(name) + (f".{country.lower()}" if country else ""), name=name, country=country,
                region=_take_text(victim, "state"), sector=sectors, size=_take_text(victim, "employee_count"),
            )  # fmt: skip
        else:
            facts = [f"industry {', '.join(map(str, sectors))}" if sectors else "", f"country {_country_name(country)}" if country else ""]
            told = ", ".join(f for f in facts if f)
            description = name or "an unnamed organization" + (f" ({told})" if told else "")
            self.victim_key = self.thing("populations", "victim", description=description, country=country, sector=sectors)
        secondary = _section(victim, "secondary")
        self.secondary_victims(secondary)
        self.about("involvements", party=self.victim_key, role="target" if self.near_miss else "victim", note=notes)

    def secondary_victims(self, secondary: Record) -> None:
        members: list[str] = []
        unnamed: Counter[str] = Counter()
        for number, entry in enumerate(_take_words(secondary, "victim_id", _Named()), 1):
            code = _NAICS_AT_END.search(entry)
            name = _NAICS_AT_END.sub("", entry).strip(" ,")
            field = terms.sector(code[1]) if code else None
            if not name:
                continue
            if _is_nameless(name) or _A_GROUP.search(name):
                key = self.thing("populations", f"secondary-{number}", description=name, sector=field, note=code and f"NAICS {code[1]}")
            else:
                key = self.thing(
                    "organizations", f"secondary-{number}", self.known(name), name=name, sector=field, note=code and f"NAICS {code[1]}"
                )
                members.append(key)
            self.secondary(key)
        value = secondary.get("victim_id")
        if isinstance(value, list):
            for entry in value:
                if isinstance(entry, str) and (code := _NAICS_AT_END.fullmatch(entry.strip())):
                    unnamed[code[1]] += 1
            secondary["victim_id"] = [e for e in value if not (isinstance(e, str) and _NAICS_AT_END.fullmatch(e.strip()))]
        for naics, count in unnamed.items():
            field = terms.sector(naics)
            told = f"NAICS {naics}" + (f", {field}" if field else "")
            words = f"unnamed organizations ({told})" if count > 1 else f"an unnamed organization ({told})"
            self.secondary(self.thing("populations", f"secondary-naics-{naics}", description=words, sector=field, count=count))
        amount = _take_number(secondary, "amount")
        if amount is not None:
            words = f"organizations affected through {self.victim_name[:300]}"
            many = {"min": amount, "max": amount, "unit": "organizations"}
            key = self.thing("populations", "secondary", description=words, count=many, note=_take_note(secondary))
            self.secondary(key, many)
            for member in dict.fromkeys(members):
                self.claim("memberships", member=member, group=key)

    def secondary(self, party: str, count: Any = None) -> None:
        """Hurt through the victim; that the victim supplies it, VERIS does not say."""
        if party != self.victim_key:
            self.hurt("involvements", party=party, role="affected party", through=self.victim_key, count=count)

    # -- actors

    def actors(self) -> None:
        actor = _section(self.record, "actor")
        for group in ("external", "internal", "partner"):
            if isinstance(actor.get(group), dict):
                self.actor_group(group, actor[group])
        if "unknown" in actor and isinstance(actor["unknown"], dict):
            key = self.thing("unidentified_actors", "actor-unknown", description="an unknown actor")
            self.about("attributions", Stance.NOT_KNOWN, actor=key, note=_take_note(actor["unknown"]))

    def actor_group(self, group: str, part: Record) -> None:
        motives = _take_words(part, "motive", terms.MOTIVES)
        if "Espionage" in motives:
            self.kinds[IncidentKind.ESPIONAGE] = None
        names = self.actor_names(part) if group == "external" else []
        partners = _take_words(part, "name", _Named()) if group == "partner" else []
        codes = _take_words(part, "country", countries()) if len(names) < 2 or _one(part.get("country")) else []
        varieties = []
        if group == "external":
            varieties = _take_words(part, "variety", terms.ACTOR_KINDS)
            kinds = list(dict.fromkeys(terms.ACTOR_KINDS[v] for v in varieties))
            if names and any(terms.ACTOR_KINDS[v] is ActorKind.OTHER for v in varieties):
                part["variety"] = [v for v in varieties if terms.ACTOR_KINDS[v] is ActorKind.OTHER]
        elif group == "internal":
            varieties = _take_words(part, "variety", _Named())
            kinds = [ActorKind.INSIDER]
        else:
            kinds = [ActorKind.PARTNER]
        note = _take_note(part)
        if names:
            keys = []
            for number, (name, aliases, raw) in enumerate(names, 1):
                key = self.thing("actors", f"actor-{group}-{number}", self.known(name), name=name, aliases=aliases)
                if key not in keys:
                    self.about("attributions", actor=key, actor_as_named=raw, note=note)
                    keys.append(key)
        else:
            told = [f"name {' / '.join(partners)}"] if partners else []
            told += [", ".join(varieties)] if varieties else []
            told += [f"from {', '.join(map(_country_name, codes))}"] if codes else []
            told += [f"motive {', '.join(str(terms.MOTIVES[m]) for m in motives)}"] if motives else []
            description = f"an unidentified {group} actor" + (f" ({'; '.join(told)})" if told else "")
            keys = [self.thing("unidentified_actors", f"actor-{group}", description=description)]
            self.about("attributions", actor=keys[0], note=note)
        for key in keys:
            for number in range(max(len(kinds), len(codes), 1 if motives else 0)):
                self.claim(
                    "backgrounds", actor=key,
                    kind=kinds[number] if number < len(kinds) else None,
                    origin=codes[number] if number < len(codes) else None,
                    motive=[terms.MOTIVES[m] for m in motives] if number == 0 else (),
                )  # fmt: skip
        self.partners(part, partners, codes)

    def actor_names(self, part: Record) -> list[tuple[str, list[str], str]]:
        """Name, aliases (written with slashes) and wording of each named actor; GUIDs stay."""
        names = []
        for raw in _take_words(part, "name", _Named(guids=False)):
            for piece in _NAMES.split(raw):
                one, *aliases = [p.strip() for p in piece.split("/") if clean_label(p)] or [""]
                if one:
                    names.append((one, aliases, raw))
        return names

    def partners(self, part: Record, names: list[str], codes: list[str]) -> None:
        naics = part.get("industry")
        field = terms.sector(naics) if isinstance(naics, str) else None
        for number, name in enumerate(names, 1):
            country = codes[0] if len(codes) == 1 else None
            known = self.known(name) + (f".{country.lower()}" if country else "")
            key = self.thing("organizations", f"partner-{number}", known, name=name, country=country, sector=field)
            self.about("involvements", party=key, role="background", words="partner that the record names as an actor")
            if key != self.victim_key:
                self.claim("supplies", supplier=key, customer=self.victim_key, relation="partner")

    # -- actions

    def actions(self) -> str:
        """Claims of what was done; the short words of the title."""
        action = _section(self.record, "action")
        order = self.event_order()
        title: list[str] = []
        for category in self.categories:
            part = action[category]
            if kind := terms.KIND_OF_ACTION.get(category):
                self.kinds[kind] = None
            note = _take_note(part)
            varieties = _take_words(part, "variety")
            for variety in varieties or [""]:
                stated = _stated(variety)
                words = f"{category}: {variety}" if stated else f"{category} (variety unknown)"
                veris = f"{category}.variety.{variety}" if variety else category
                self.about("techniques", words=words, veris_action=veris, order=order.get(category), note=note)
                note = None
                if kind := terms.KIND_OF_VARIETY.get((category, variety)):
                    self.kinds[kind] = None
                title += [variety] if stated and variety != "Other" else []
            if not any(v in title for v in varieties):
                title.append(category)
            for vector in _take_words(part, "vector", _Named()):
                self.about("techniques", words=f"{category}, vector: {vector}", veris_action=f"{category}.vector.{vector}")
            self.vulnerabilities(category, part)
            if category == "malware":
                self.malware(part)
        if isinstance(action.get("unknown"), dict):
            self.about("techniques", words="unknown action", veris_action="unknown", note=_take_note(action["unknown"]))
        self.ransomware = IncidentKind.RANSOMWARE in self.kinds
        return ", ".join(dict.fromkeys(title[:3])) or "unknown action"

    def event_order(self) -> dict[str, int]:
        """The place of each action category that the event chain has exactly once."""
        chain = _section(self.record, "plus").get("event_chain")
        steps = [(i, e) for i, e in enumerate(chain, 1) if isinstance(e, dict)] if isinstance(chain, list) else []
        order = {}
        for category in self.categories:
            found = [(i, e) for i, e in steps if e.get("action") == terms.ACTIONS[category]]
            if len(found) == 1 and found[0][0] <= 10_000:
                order[category] = found[0][0]
                del found[0][1]["action"]
        return order

    def vulnerabilities(self, category: str, part: Record) -> None:
        text = part.get("cve")
        if isinstance(text, list) and all(isinstance(t, str) for t in text):
            text = ", ".join(text)
        if not isinstance(text, str):
            return
        for year, number in dict.fromkeys(m.groups() for m in _CVE.finditer(text)):
            name = f"CVE-{year}-{number}"
            key = self.thing("vulnerabilities", f"{category}-{name}", name, name=name, identifiers=f"cve:{name}")
            self.about("exploitations", vulnerability=key)
        rest = _CVE.sub("", text).strip(" ,;\n\t")
        part["cve"] = "" if rest.lower() in ("cve unknown", "unknown vuln", "and") else rest

    def malware(self, part: Record) -> None:
        number = 0
        for text in _take_words(part, "name", _Named()):
            for piece in re.split(r"\s*[;,]\s*", text):
                name = _DOUBT.sub("", piece)
                if name and _stated(name):
                    number += 1
                    key = self.thing("malware", f"malware-{number}", self.known(name), name=name)
                    self.about("software_uses", Stance.SUSPECTED if name != piece else None, software=key)

    # -- assets and attributes

    def assets_and_attributes(self) -> None:
        asset, attribute = _section(self.record, "asset"), _section(self.record, "attribute")
        assets = self.assets(asset)
        touched: set[str] = set()
        data = attribute.get("confidentiality")
        if isinstance(data, dict):
            touched |= self.confidentiality(data, [key for key, _, people in assets if not people])
        harmed = any(isinstance(attribute.get(name), dict) for name in ("integrity", "availability"))
        unknown = _take_note(_section(attribute, "unknown"))
        if not assets and (harmed or unknown):
            assets = [(self.thing("assets", "asset", name="an asset that is not stated", kind=AssetKind.UNKNOWN), {}, False)]
        if isinstance(attribute.get("integrity"), dict):
            touched |= self.integrity(attribute["integrity"], assets)
        if isinstance(attribute.get("availability"), dict):
            touched |= self.availability(attribute["availability"], assets)
        for key, quantity, _ in assets:
            if key not in touched or unknown:
                self.compromise(key, Effect.UNKNOWN, quantity=quantity, note=unknown)
                unknown = None

    def compromise(self, asset: str, effect: Effect, stance: Stance | None = None, quantity: Any = None, **fields: Any) -> None:
        self.hurt("compromises", stance, asset=asset, effect=effect, held_by=self.victim_key, quantity=quantity or None, **fields)

    def assets(self, part: Record) -> list[tuple[str, Record, bool]]:
        """Key, number, and whether it is a person, of each asset."""
        found: list[tuple[str, Record, bool]] = []
        entries = part.get("assets")
        for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
            if not isinstance(entry, dict):
                continue
            variety = entry.get("variety")
            if not _usable(variety):
                continue
            del entry["variety"]
            variety = clean_label(variety)
            letter, dash, tail = variety.partition(" - ")
            if dash and letter in terms.ASSET_NOUNS:
                name = f"{tail} ({terms.ASSET_NOUNS[letter]})" if _stated(tail) else f"a {terms.ASSET_NOUNS[letter]} of unknown kind"
                kind = terms.ASSET_KINDS.get(variety, terms.ASSET_CLASSES[letter])
            else:
                name = variety if _stated(variety) else "an asset of unknown kind"
                kind = AssetKind.OTHER if _stated(variety) else AssetKind.UNKNOWN
            amount = _take_number(entry, "amount")
            quantity = {} if amount is None else {"min": amount, "max": amount, "unit": "assets"}
            found.append((self.thing("assets", f"asset-{number}", name=name, kind=kind), quantity, dash != "" and letter == "P"))
        return found

    def confidentiality(self, part: Record, assets: list[str]) -> set[str]:
        disclosed = part.get("data_disclosure")
        stance = terms.DISCLOSURE.get(disclosed, Stance.NOT_KNOWN) if isinstance(disclosed, str) else Stance.NOT_KNOWN
        if isinstance(disclosed, str) and disclosed in terms.DISCLOSURE:
            del part["data_disclosure"]
        physical = _section(self.record, "action").get("physical")
        skimmed = isinstance(physical, dict) and any(
            t["veris_action"].removeprefix("physical.variety.") in terms.TAKING_PHYSICAL for t in self.parts.get("techniques", ())
        )
        taken = skimmed or bool(terms.TAKING_ACTIONS.intersection(self.categories))
        if stance in (Stance.ASSERTED, Stance.SUSPECTED):
            self.kinds[IncidentKind.DATA_BREACH if taken or "error" not in self.categories else IncidentKind.DATA_LEAK] = None
        total = _take_number(part, "data_total")
        entries = part.get("data")
        entries = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
        owners = self.data_owners(part, entries, total if stance is Stance.ASSERTED else None, stance)
        note = _take_note(part)
        if not entries:
            entries = [{"variety": "Unknown"}]
        for number, entry in enumerate(entries, 1):
            coded = entry.get("variety")
            if usable := _usable(coded):
                del entry["variety"]
            variety = clean_label(coded) if usable else "Unknown"
            name = f"{variety} data" if _stated(variety) else "data of unknown kind"
            kind = terms.DATA_KINDS.get(variety, AssetKind.OTHER) if _stated(variety) else AssetKind.UNKNOWN
            key = self.thing("assets", f"data-{number}", name=name, kind=kind)
            amount = _take_number(entry, "amount")
            count = None if amount is None else {"min": amount, "max": amount, "unit": "records"}
            effect = Effect.EXFILTRATED if taken else Effect.EXPOSED
            self.compromise(key, effect, stance, count, owned_by=owners, note=note)
            note = None
        if total is not None:
            amount_of = {"min": total, "max": total, "unit": "records"}
            self.hurt("impacts", stance, kind=ImpactKind.RECORDS, amount=amount_of, party=self.victim_key)
        for key in assets:
            self.compromise(key, Effect.ACCESSED if taken else Effect.EXPOSED, stance)
        return set(assets)

    def data_owners(self, part: Record, data: list[Record], total: int | None, stance: Stance) -> list[str]:
        """Whose data it was. One group and one number of personal records: then that is the number of people."""
        groups = _take_words(part, "data_victim", {**terms.DATA_VICTIMS, "Victim organization": ""})
        owners = []
        personal = [d for d in data if isinstance(d.get("variety"), str) and d["variety"] in terms.PEOPLE_DATA]
        clear = len(groups) == 1 and total and personal and all(d.get("amount") in (None, total) for d in personal)
        for group in groups:
            if group == "Victim organization":
                owners.append(self.victim_key)
                continue
            words = terms.DATA_VICTIMS[group]
            key = self.thing(
                "populations", f"data-of-{words.replace(' ', '-')}", of=self.victim_key,
                description=f"{words} {'of' if group != 'Other' else 'held by'} {self.victim_name[:300]}",
            )  # fmt: skip
            count = {"min": total, "max": total, "words": f"{total} records"} if clear else None
            self.hurt("involvements", stance, party=key, role="affected party", through=self.victim_key, count=count)
            owners.append(key)
        return owners

    def varieties(self, attribute: str, part: Record) -> list[str]:
        varieties = _take_words(part, "variety")
        for variety in varieties:
            if kind := terms.KIND_OF_VARIETY.get((attribute, variety)):
                self.kinds[kind] = None
        return varieties

    def integrity(self, part: Record, assets: list[tuple[str, Record, bool]]) -> set[str]:
        """People have their behaviour altered, everything else is altered in every other way."""
        varieties = self.varieties("integrity", part)
        people = [v for v in varieties if v == "Alter behavior"]
        things = [v for v in varieties if v != "Alter behavior"]
        if people and not any(p for *_, p in assets):
            things, people = varieties, []
        if (things or not varieties) and all(p for *_, p in assets):
            things, people = [], varieties
        touched, note = set(), _take_note(part)
        for key, quantity, person in assets:
            words = people if person else things
            if words or not varieties:
                told = f"VERIS integrity: {', '.join(words)}" if words else None
                self.compromise(key, Effect.ALTERED, quantity=quantity, note=_joined([told, note]))
                note = None
                touched.add(key)
        if note:
            part["notes"] = note
        return touched

    def availability(self, part: Record, assets: list[tuple[str, Record, bool]]) -> set[str]:
        effects: dict[Effect, list[str]] = {}
        varieties = self.varieties("availability", part)
        for variety in varieties or ["Unknown"]:
            effect = terms.AVAILABILITY.get(variety, Effect.UNKNOWN)
            effect = Effect.ENCRYPTED if variety == "Obscuration" and self.ransomware else effect
            effects.setdefault(effect, []).append(variety)
        note, touched = _take_note(part), set()
        things = [a for a in assets if not a[2]] or assets
        for key, quantity, _ in things:
            for effect, words in effects.items():
                told = f"VERIS availability: {', '.join(words)}"
                self.compromise(key, effect, quantity=quantity, note=_joined([told, note]))
                note = None
                touched.add(key)
        self.downtime(_section(part, "duration"))
        return touched

    def downtime(self, part: Record) -> None:
        unit = part.get("unit")
        if not isinstance(unit, str) or not (unit in terms.UNIT_DAYS or unit == "Never"):
            return
        del part["unit"]
        if unit == "Never":
            self.hurt("impacts", kind=ImpactKind.DOWNTIME, party=self.victim_key, words="never restored")
            return
        value = _take_number(part, "value")
        amount = None if value is None else {"min": value, "max": value, "unit": unit}
        words = unit if value is None else f"{value} {unit}"
        self.hurt("impacts", kind=ImpactKind.DOWNTIME, party=self.victim_key, amount=amount, words=words)

    # -- times, impact, campaign

    def timeline(self) -> None:
        timeline = _section(self.record, "timeline")
        if self.when:
            self.about("timings", event=Event.OCCURRED, when=self.when)
        notified = _take_date(_section(_section(_section(self.record, "plus"), "timeline"), "notification"))
        if notified:
            self.about("timings", event=Event.NOTIFIED, when=notified)
        base = self.when
        compromise = _section(timeline, "compromise")
        unit, value = compromise.get("unit"), compromise.get("value")
        if base and isinstance(unit, str) and unit in terms.UNIT_DAYS and isinstance(value, int | float):
            base = _later(base, value, unit, "compromise") or base
        found: dict[str, Interval | None] = {}
        for name, start, word in (
            ("exfiltration", base, "the compromise"),
            ("discovery", base, "the compromise"),
            ("containment", None, "the discovery"),
        ):
            part = _section(timeline, name)
            found[name] = self.duration(name, part, found["discovery"] if name == "containment" else start, word)
            if found[name] and name != "discovery":
                event = terms.DURATION_EVENTS[name]
                (self.hurt if name == "exfiltration" else self.about)("timings", event=event, when=found[name])
        self.discovery(found["discovery"])

    def duration(self, name: str, part: Record, base: Interval | None, word: str) -> Interval | None:
        unit, value = part.get("unit"), part.get("value")
        if unit == "Never" and name != "discovery":
            del part["unit"]
            self.about("timings", Stance.DENIED, event=terms.DURATION_EVENTS[name], note="VERIS: never")
            return None
        if not base or not isinstance(unit, str) or unit not in terms.UNIT_DAYS:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10**9:
            return None
        number = int(value) if value == int(value) else value
        when = _later(base, value, unit, f"{number} {unit.lower()} after {word} ({iso(self.when)})" if self.when else "")
        if when:
            del part["unit"], part["value"]
        return when

    def discovery(self, when: Interval | None) -> None:
        method = self.record.get("discovery_method")
        ways: list[str] = []
        if isinstance(method, dict):
            for group in ("external", "internal", "partner"):
                part = method.get(group)
                if isinstance(part, dict):
                    varieties = _take_words(part, "variety")
                    ways += [f"{group}: {v}" if _stated(v) else f"{group} (method unknown)" for v in varieties] or [group]
            for word in ("other", "unknown"):
                if isinstance(method.get(word), bool) and method.pop(word) and word == "other":
                    ways.append("other")
        else:
            ways += [text] if (text := _take_text(self.record, "discovery_method")) else []
        if not ways and not when:
            return
        note = _take_note(self.record, "discovery_notes")
        for way in ways or (None,):
            self.about("timings", event=Event.DETECTED, when=when, by=way, note=note)
            note = None

    def impact(self) -> None:
        impact = _section(self.record, "impact")
        currency = impact.get("iso_currency_code")
        self.currency = currency if isinstance(currency, str) and re.fullmatch(r"[A-Z]{3}", currency) else None
        self.spent = False
        notes = _take_note(impact)
        before = len(self.parts.get("impacts", ()))
        rating = _take_text(impact, "overall_rating")
        self.losses(ImpactKind.OVERALL, impact, "overall_", rating, always=False)
        entries = impact.get("loss")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and isinstance(entry.get("variety"), str) and entry["variety"] in terms.LOSSES:
                kind = terms.LOSSES[entry.pop("variety")]
                self.losses(kind, entry, "", _take_text(entry, "rating"), always=True)
        if self.spent:
            del impact["iso_currency_code"]
        if notes:
            made = self.parts.get("impacts", [])[before:]
            if made:
                made[0]["note"] = notes
            else:
                impact["notes"] = notes

    def losses(self, kind: ImpactKind, part: Record, prefix: str, rating: str | None, always: bool) -> None:
        counts: list[Record] = []
        amount = _take_number(part, f"{prefix}amount")
        if amount is not None:
            counts.append({"min": amount, "max": amount})
        low, high = _take_number(part, f"{prefix}min_amount"), _take_number(part, f"{prefix}max_amount")
        if low is not None or high is not None:
            if low is not None and high is not None and low > high:
                part[f"{prefix}min_amount"], part[f"{prefix}max_amount"] = low, high
            else:
                counts.append({"min": low, "max": high})
        if counts and self.currency:
            self.spent = True
        for count in counts or ((None,) if rating or always else ()):
            currency = self.currency if count else None
            self.hurt("impacts", kind=kind, party=self.victim_key, amount=count, currency=currency, words=rating)

    def campaign(self) -> None:
        name = _take_text(self.record, "campaign_id")
        if name:
            label = f"campaign {name}" if _GUID.fullmatch(name) else name
            identifier = f"{self.source}-campaign:{name}"
            key = self.thing("campaigns", "campaign", self.known(name), name=label, identifiers=identifier)
            self.about("groupings", campaign=key)


class _Named:
    """The set of all strings that say something (and, without ``guids``, are no GUIDs)."""

    def __init__(self, guids: bool = True) -> None:
        self.guids = guids

    def __contains__(self, text: str) -> bool:
        return _stated(text) and (self.guids or not _GUID.fullmatch(text)) and any(map(str.isalnum, _NAICS_AT_END.sub("", text)))


def _one(value: Any) -> bool:
    return not isinstance(value, list) or len(value) < 2
