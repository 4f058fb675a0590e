"""A stand-in for the extractor: reads the two articles of the fixtures, so that what happens to reports is tested apart from the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kg.extraction.documents import Document
from kg.extraction.extractor import Extraction
from kg.model.report import IncidentReport


def stand_in(document: Document, *, names: Sequence[tuple[str, str, str]] = (), report_id: str | None = None) -> Extraction:
    """What a rule or two would read."""
    known = {name: identity for name, _, identity in names}
    text = document.text

    def claim(rule: str, sure: int, quote: str, **said: Any) -> dict[str, Any]:
        return {**said, "evidence": [quote], "extracted_by": f"{rule} 1", "extraction_confidence": sure}

    data: dict[str, Any] = {
        "report": {
            "id": report_id, "title": document.title or "Untitled", "publisher": "paper", "published": document.published,
            "method": "extracted", "extractor": f"stand-in 1 ({len(names)} names)",
        },
        "organizations": [{"key": "paper", "name": document.publisher or "Unknown publisher"}],
        "text": text,
    }  # fmt: skip
    if "stolen records of about 12,000 patients" in text:
        data["organizations"] += [{"key": "clinic", "name": "Harbour Clinic"}, {"key": "brightlock", "name": "Brightlock"}]
        data["incidents"] = [{"key": "incident", "title": "Data theft at Harbour Clinic", "kind": "data breach"}]
        data["populations"] = [{"key": "patients", "description": "patients"}]
        data["involvements"] = [
            claim("victim.active", 92, "stolen records of about 12,000 patients", incident="incident", party="clinic", role="victim"),
            claim("victim.near", 41, "Shares of Brightlock", incident="incident", party="brightlock", role="victim"),
            claim(
                "affected.count", 77, "records of about 12,000 patients", incident="incident", party="patients", role="affected party",
                count={"min": 12_000, "max": 12_000, "words": "about 12,000"},
            ),
        ]  # fmt: skip
        data["timings"] = [claim("date", 88, "on February 20, 2025", incident="incident", event="detected", when="2025-02-20")]
    elif "emails that customers had exchanged" in text:
        microsoft = known.get("Microsoft", "").removeprefix("org:") or None
        data["organizations"] += [{"key": "microsoft", "name": "Microsoft", **({"id": microsoft} if microsoft else {})}]
        data["incidents"] = [{"key": "incident", "title": "E-mail theft at Microsoft", "kind": "espionage"}]
        data["populations"] = [{"key": "customers", "description": "further customers", "of": "microsoft"}]
        data["unidentified_actors"] = [{"key": "hackers", "description": "Russian hackers"}]
        data["involvements"] = [
            claim("victim.active", 92, "broke into its corporate network", incident="incident", party="microsoft", role="victim"),
            claim(
                "affected", 70, "further customers whose correspondence was taken", incident="incident", party="customers",
                role="affected party", through="microsoft",
            ),
        ]  # fmt: skip
        data["attributions"] = [claim("actor", 80, "the Russian hackers", incident="incident", actor="hackers")]
        data["timings"] = [claim("date", 75, "last November", incident="incident", event="began", when="2023-11")]
    report = IncidentReport.model_validate(data)
    return Extraction(report, (*document.notes, *(() if report.incidents else ("no incident was found in this text",))))
