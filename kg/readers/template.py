"""A report to fill in."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from kg.errors import UsageError
from kg.model.base import Key
from kg.readers.positions import Document, documents

_TEMPLATE = """\
# A report: what one document says. Check it with 'kg validate FILE', take it in with 'kg ingest FILE'.
report:
  id: {id}                      # stays the same when you correct the report
  title: Title of the document
  publisher: publisher              # a key below, or a known id such as org:microsoft
  published: 2024-01-19             # a day, month, year, or an instant; leave out if unknown
  kind: news                        # news, filing, advisory, vendor post, statement, notice, …
  address: https://example.org/article

# The words that evidence is found in: the source's own, or your summary (text_by: project).
text: |
  Example Corp said on 19 January that intruders took customer records in late December 2023.
  Example Corp believes that the intruders were financially motivated criminals.
text_by: project

# Things. Without 'id' a thing is known in this report only; with 'id' it is the same in every report.
organizations:
  - key: publisher
    name: Example News
  - key: victim
    name: Example Corp
    country: US
    sector: retail
incidents:
  - key: breach
    title: Theft of customer records at Example Corp
    kind: data breach
unidentified_actors:
  - key: intruders
    description: financially motivated criminals
assets:
  - key: records
    name: customer records
    kind: personal data

# Claims. Each may carry stance, asserted_by, confidence (0-100), confidence_words, evidence.
involvements:
  - incident: breach
    party: victim
    role: victim                    # or: affected party, bystander, responder, …
    confirmation: itself
    asserted_by: victim
    evidence: intruders took customer records
compromises:
  - incident: breach
    asset: records
    effect: exfiltrated
    held_by: victim
    asserted_by: victim
    evidence: intruders took customer records
attributions:
  - incident: breach
    actor: intruders
    asserted_by: victim
    confidence_words: believes
    evidence: Example Corp believes that the intruders were financially motivated criminals
timings:
  - incident: breach
    event: began
    when: late December 2023        # kept as an interval, never made more exact
    asserted_by: victim
    evidence: in late December 2023
"""


def template(report_id: str) -> str:
    """The text of a report to fill in; it is valid as it stands.

    Raises :class:`~kg.errors.UsageError` for what cannot be the id of a report.

    >>> template("x").splitlines()[2]
    '  id: x                      # stays the same when you correct the report'
    """
    try:
        TypeAdapter(Key).validate_python(report_id)
    except ValidationError:
        wanted = "up to 120 letters, digits, '.', '_' and '-', a letter or digit first"
        raise UsageError(f"{report_id[:80]!r} cannot be an id: {wanted}") from None
    plain = next(documents(f"id: {report_id}", "id"))
    is_text = isinstance(plain, Document) and plain.value == {"id": report_id}
    return _TEMPLATE.replace("{id}", report_id if is_text else f'"{report_id}"')
