"""What every part of the report model is built from: the base class, counts, confidence, references."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Part(BaseModel):
    """Base of every class of the model: unknown fields are errors, instances are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _one_or_many(value: Any) -> Any:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


Many = BeforeValidator(_one_or_many)
"""A list that may be written as a single value: ``kind: espionage`` or ``kind: [espionage, data breach]``."""

_CONTROL = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def clean_label(text: str) -> str:
    """A label without control and bidirectional-override characters, white space folded.

    Markup and query fragments stay: they are data, and escaped where they are shown.

    >>> clean_label("Micro\\u202esoft \\n Corp")
    'Microsoft Corp'
    """
    return " ".join(_CONTROL.sub("", text).split())


def _label(text: str) -> str:
    cleaned = clean_label(text)
    if not cleaned:
        raise ValueError("is empty")
    if len(cleaned) > 2000:
        raise ValueError("is longer than 2,000 characters")
    return cleaned


Label = Annotated[str, AfterValidator(_label)]
"""A name or title: one line, cleaned, 1 to 2,000 characters."""


def clean_text(text: str) -> str:
    """Words without control and bidirectional-override characters, lines kept.

    >>> clean_text("Micro\u202esoft\\r\\nCorp")
    'Microsoft\\nCorp'
    """
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


Text = Annotated[str, AfterValidator(clean_text)]
"""Words of any length, lines kept, control characters removed."""

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$")]
"""A name for a thing inside one report, or the last part of a known id."""

KINDS_OF_ID = (
    "actor", "org", "person", "population", "incident", "campaign", "asset",
    "malware", "tool", "vulnerability", "product", "report",
)  # fmt: skip
_REFERENCE = re.compile(r"^(?:(?:" + "|".join(KINDS_OF_ID) + r"):[A-Za-z0-9][A-Za-z0-9._-]{0,199}|[A-Za-z0-9][A-Za-z0-9._-]{0,119})$")


def _reference(text: str) -> str:
    if not _REFERENCE.match(text):
        raise ValueError(
            f"{text[:80]!r} is neither a key of this report nor a known id such as 'org:microsoft' (kinds: {', '.join(KINDS_OF_ID)})"
        )
    return text


Ref = Annotated[str, AfterValidator(_reference)]
"""A key declared in this report (``microsoft``) or a known id (``org:microsoft``)."""

_COUNTRY = re.compile(r"^[A-Z]{2}$")


def _country(code: str) -> str:
    from kg.geography import is_country

    if not _COUNTRY.match(code) or not is_country(code):
        raise ValueError(f"{code[:20]!r} is not an ISO 3166-1 alpha-2 country code such as 'US'")
    return code


CountryCode = Annotated[str, AfterValidator(_country)]
"""ISO 3166-1 alpha-2, upper case (and ``XK``, used for Kosovo)."""


class Count(Part):
    """How many: exact, a range, or unknown; never a guess.

    Written as a plain integer, or with ``min`` / ``max`` and the source's ``words``. A count
    without numbers is *unknown*, which is not zero.

    >>> Count.model_validate({"min": 13, "words": "more than a dozen"}).max is None
    True
    >>> Count.model_validate(11)
    Count(min=11, max=11, words=None, unit=None)
    """

    min: Annotated[int, Field(ge=0)] | None = None
    max: Annotated[int, Field(ge=0)] | None = None
    words: Label | None = None
    unit: Label | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return {"min": value, "max": value}
        if isinstance(value, dict) and "exactly" in value:
            value = dict(value)
            value["min"] = value["max"] = value.pop("exactly")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Count:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self
