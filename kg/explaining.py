"""A report with its text: which words each claim rests on, for people to check, on a terminal or as a page of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from kg.mapping import CLASSES, FIELDS, content_hash
from kg.model.base import Count
from kg.model.report import CLAIMS, Claim, IncidentReport, TimedClaim
from kg.story import sentence


@dataclass(frozen=True, slots=True)
class Told:
    """One claim for people: its number in the text's order, id, list, sentence, and the places (start, end) of its words."""

    number: int
    id: str
    field: str
    sentence: str
    said_by: str
    how: str
    confidence: int | None
    places: tuple[tuple[int, int], ...]


def tell(report: IncidentReport) -> list[Told]:
    """Every claim of a report, in the order in which their words stand in its text; those without words last.

    >>> from kg.model.report import IncidentReport
    >>> said = {"incident": "i", "party": "a", "role": "victim", "evidence": "Acme was hit"}
    >>> things = {"incidents": [{"key": "i", "title": "Attack"}], "organizations": [{"key": "a", "name": "Acme"}]}
    >>> head = {"report": {"id": "r", "title": "T", "publisher": "org:c"}, "text": "Today Acme was hit."}
    >>> [(t.sentence, t.places) for t in tell(IncidentReport.model_validate({**head, **things, "involvements": [said]}))]
    [('Acme is victim in Attack', ((6, 18),))]
    """
    labels = {key: thing.label for key, thing in report.things().items()}
    found = []
    for field in CLAIMS:
        for claim in getattr(report, field):
            starts = [(report.locate(e), len(e.quote)) for e in claim.evidence]
            places = tuple(sorted((start, start + size) for start, size in starts if start is not None))
            found.append((places or ((1 << 62, 0),), field, claim, places))
    found.sort(key=lambda one: one[0][0])
    return [
        Told(
            number,
            claim.key or content_hash(field, claim),
            field,
            in_words(report, field, claim, labels),
            labels.get(by, by) if (by := claim.asserted_by or report.info.publisher) else "",
            how(claim),
            claim.extraction_confidence,
            places,
        )
        for number, (_, field, claim, places) in enumerate(found, 1)
    ]


def in_words(report: IncidentReport, field: str, claim: Claim, labels: dict[str, str] | None = None) -> str:
    """One claim as a sentence, with the names that the report gives."""
    names = {key: thing.label for key, thing in report.things().items()} if labels is None else labels
    words = {"stance": claim.stance.value}
    for name, property_, write in FIELDS[field]:
        value = getattr(claim, name)
        if value in (None, (), False):
            continue
        values = value if isinstance(value, tuple) else (value,)
        words[property_ or name] = ", ".join(names.get(str(v), str(v)) if write == "ref" else _plain(v) for v in values)
    if isinstance(claim, TimedClaim) and claim.when:
        words["when"] = str(claim.when)
    told = sentence(CLASSES[field], words)
    extra = [text for name, text in (("count", "count {}"), ("quantity", "quantity {}"), ("through", "through {}")) if name in words
             for text in (text.format(words[name]),)]  # fmt: skip
    return told + (f" ({', '.join(extra)})" if extra else "")


def _plain(value: object) -> str:
    if not isinstance(value, Count):
        return str(value)
    if value.words:
        return value.words
    low, high = value.min, value.max
    return f"{low:,}" if low is not None and low == high else f"{low or 0:,} to {high:,}" if high is not None else f"at least {low or 0:,}"


def how(claim: Claim) -> str:
    """Which rule read a claim, how often that is right, and who has looked at it."""
    told = [f"by {claim.extracted_by}"] if claim.extracted_by else []
    if claim.extraction_confidence is not None:
        told.append(f"right about {claim.extraction_confidence} times in 100")
    if claim.reviewed:
        told.append(f"{claim.reviewed.answer.value} by {claim.reviewed.by}")
    return ", ".join(told)


def pieces(text: str, told: Sequence[Told]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The text cut where marks begin and end, each piece with the numbers of the claims that rest on it.

    >>> list(pieces("Acme was hit.", [Told(1, "x", "involvements", "", "", "", None, ((0, 4),))]))
    [('Acme', (1,)), (' was hit.', ())]
    """
    begins: dict[int, list[int]] = {}
    ends: dict[int, list[int]] = {}
    for one in told:
        for start, end in one.places:
            begins.setdefault(start, []).append(one.number)
            ends.setdefault(end, []).append(one.number)
    open_: list[int] = []
    at = 0
    for cut in sorted({0, len(text), *begins, *ends}):
        if cut > at:
            yield text[at:cut], tuple(sorted(set(open_)))
        for number in ends.get(cut, ()):
            open_.remove(number)
        open_ += begins.get(cut, ())
        at = cut


def context(text: str, start: int, end: int, around: int = 120) -> tuple[str, str, str]:
    """The words before, the words themselves, the words after, each in one line.

    >>> context("They say that Acme was hit in May.", 14, 26, 10)
    ('… say that ', 'Acme was hit', ' in May.')
    """
    before, after = text[max(0, start - around) : start], text[end : end + around]
    if start > around:
        before = "… " + before.partition(" ")[2]
    if end + around < len(text):
        after = after.rpartition(" ")[0] + " …"
    lead, tail = " " * before[-1:].isspace(), " " * after[:1].isspace()
    return " ".join(before.split()) + lead, " ".join(text[start:end].split()), tail + " ".join(after.split())


_STYLE = """body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
h1{font-size:1.4rem}.text{white-space:pre-wrap;overflow-wrap:anywhere}mark{background:#fde68a;border-radius:3px}
sup a{font-size:.7rem;text-decoration:none;margin-left:1px}li{margin:.4rem 0}li:target,mark:target{outline:2px solid #b45309}
.how,.meta{color:#666;font-size:.85rem}"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def to_html(report: IncidentReport, notes: Iterable[str] = ()) -> str:
    """The text with its claims marked, as one HTML page that loads nothing; whatever the text holds is shown, never run."""
    told = tell(report)
    sentences = {one.number: one.sentence for one in told}
    body = []
    seen: set[int] = set()
    for text, numbers in pieces(report.text or "", told):
        if not numbers:
            body.append(escape(text))
            continue
        fresh = [n for n in numbers if n not in seen]
        seen.update(numbers)
        anchor = f' id="words-{fresh[0]}"' if fresh else ""
        links = "".join(f'<sup><a href="#claim-{n}">{n}</a></sup>' for n in numbers)
        title = escape("; ".join(sentences[n] for n in numbers))
        body.append(f'<mark{anchor} title="{title}">{escape(text)}</mark>{links}')
    rows = [
        f'<li id="claim-{one.number}" value="{one.number}">{escape(one.sentence)} '
        f'<span class="how">— {escape(one.said_by)}; {escape(one.how)}</span></li>'
        for one in told
    ]
    info = report.info
    meta = "; ".join(str(part) for part in (report.published or "undated", info.publisher, getattr(info, "extractor", None)) if part)
    noted = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{escape(info.title)}</title><style>{_STYLE}</style></head>\n<body><h1>{escape(info.title)}</h1>"
        f'<p class="meta">{escape(meta)}</p>{noted and f"<ul>{noted}</ul>"}\n'
        f'<div class="text" dir="auto">{"".join(body)}</div>\n<h2>{len(told)} claims</h2>\n<ol>{"".join(rows)}</ol></body></html>\n'
    )
