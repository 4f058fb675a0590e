"""Have I Been Pwned's list of breaches (JSON, as the API gives it): one entry, one report.

The entry is known by its ``Name``. What HIBP counts are accounts, not people; the day of a breach is a guide only; entries that
are unverified or fabricated say so on every claim. ``docs/hibp.md`` has the table.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from kg.model.base import clean_text
from kg.readers.base import Found, Reject, SourceFile, misfit
from kg.readers.draft import Draft, day, key_of, too_deep, words
from kg.readers.items import items
from kg.times import Interval, parse
from kg.vocabulary import AssetKind, Effect, Event, ImpactKind, IncidentKind, Role, Stance

SITE = "https://haveibeenpwned.com/"
PUBLISHER = "have-i-been-pwned"
_KEYS = re.compile(rb'"(Name|BreachDate|PwnCount|DataClasses|IsVerified|AddedDate)"\s*:')
_LINK = re.compile(r"""href\s*=\s*["']([^"']+)["']""", re.I)
_TAG = re.compile(r"<[^<>]*>")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_FLAGS = ("IsVerified", "IsFabricated", "IsSensitive", "IsRetired", "IsSpamList", "IsMalware", "IsSubscriptionFree", "IsStealerLog")
_USED = frozenset({"Name", "Title", "Domain", "BreachDate", "AddedDate", "ModifiedDate", "PwnCount", "Description", "DataClasses", *_FLAGS})
_DATA: tuple[tuple[re.Pattern[str], AssetKind], ...] = tuple(
    (re.compile(pattern, re.I), kind)
    for pattern, kind in (
        (r"credit card|cvv", AssetKind.PAYMENT_CARD),
        (r"password|\bPINs?\b|security questions|auth tokens|credentials", AssetKind.CREDENTIALS),
        (r"encrypted keys|private keys|mnemonic", AssetKind.KEYS),
        (r"government issued|social security|passport num|driver's licen", AssetKind.GOVERNMENT_ID),
        (r"bank account", AssetKind.BANK),
        (r"health insurance", AssetKind.INSURANCE),
        (r"health|medical", AssetKind.MEDICAL),
        (r"biometric", AssetKind.BIOMETRIC),
        (r"private messages|chat logs|email messages|sms messages", AssetKind.COMMUNICATIONS),
        (r"email addresses|phone numbers|physical addresses|address book|instant messenger", AssetKind.CONTACT),
        (r"ethnicit|religion|sexual|political|races", AssetKind.SENSITIVE_PERSONAL),
        (r"cryptocurrency|wallet", AssetKind.CRYPTOCURRENCY),
        (r"usernames|user statuses", AssetKind.ACCOUNT),
        (r"ip addresses|device|browser user agent|imei|imsi|mac addresses", AssetKind.SYSTEM_DATA),
    )
)
"""The first that is found in a data class says its kind; the others are personal data."""


class Hibp:
    """Reads the array of breaches, or one breach."""

    name = "hibp"

    def sniff(self, name: str, head: bytes) -> bool:
        """Whether the first bytes look like HIBP's JSON; the file's name does not matter.

        >>> Hibp().sniff("a.json", b'[{"Name": "Acme", "BreachDate": "2015-03-01", "PwnCount": 3')
        True
        """
        return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{") and len({m[1] for m in _KEYS.finditer(head)}) >= 3

    def read(self, source: SourceFile) -> Iterator[Found | Reject]:
        """Each entry as a report; a :class:`Reject` for what is no entry.

        Raises :class:`~kg.errors.BadInput` for a file without a list of records, or where its JSON breaks.
        """
        seen: dict[str, str] = {}
        for place, entry in items(source):
            try:
                if not isinstance(entry, dict) or too_deep(entry):
                    raise ValueError("is no entry of HIBP: no object, or nested too deep")
                name = words(entry.get("Name"))
                if not name:
                    raise ValueError("has no Name")
                if name in seen:
                    raise ValueError(f"has the Name {name!r} of {seen[name]}")
                draft = _entry(entry, name)
                report = draft.report()
            except ValidationError as error:
                yield Reject(source.name, place, misfit(error))
            except ValueError as error:
                yield Reject(source.name, place, str(error))
            else:
                seen[name] = place
                yield Found(place, report)


def breach_day(text: str, description: str) -> Interval | None:
    """The day of a breach, as exact as it is: the first of a month means the month, the first of January the year.

    Unless the description names the month (January), or the very day.

    >>> str(breach_day("2015-03-01", "In March 2015, …")), str(breach_day("2020-03-22", "In March 2020, …"))
    ('2015-03-01 (the day may be unknown)', '2020-03-22')
    """
    when = day(text)
    if when is None or not re.fullmatch(r"\d{4}-\d\d-01", text):
        return when
    year, month = text[:4], int(text[5:7])
    called = _MONTHS[month - 1]
    if re.search(rf"\b(?:{called} 1(?:st)?,? {year}|1(?:st)?(?: of)? {called},? {year})\b", description):
        return when
    wide = year if month == 1 and not re.search(rf"\b{called}\b", description) else text[:7]
    return parse(wide).model_copy(update={"words": f"{text} (the day may be unknown)"})


def plain_text(description: str) -> str:
    """HIBP's HTML as words.

    >>> plain_text('In 2015, <a href="https://a.example/">Acme</a> &amp; Co <br/>fell.')
    'In 2015, Acme & Co fell.'
    """
    return clean_text(html.unescape(_TAG.sub("", description))).strip()


def _entry(entry: dict[str, Any], name: str) -> Draft:
    flags = {flag: entry[flag] for flag in _FLAGS if isinstance(entry.get(flag), bool)}
    title = words(entry.get("Title")) or name
    raw = entry.get("Description")
    described = raw if isinstance(raw, str) else ""
    text = plain_text(described)
    times = {field: day(value) for field in ("ModifiedDate", "AddedDate") if isinstance(value := entry.get(field), str)}
    published_from = next((field for field in ("ModifiedDate", "AddedDate") if times.get(field)), None)
    added = times.get("AddedDate") if published_from == "ModifiedDate" else None
    draft = Draft(
        f"hibp-{key_of(name)}",
        f"Have I Been Pwned: {title}",
        f"org:{PUBLISHER}",
        published=times[published_from] if published_from else None,
        published_from=published_from,
        dates=[{"kind": "created", "when": added}] if added else [],
        address=f"{SITE}PwnedWebsites#{name}" if re.fullmatch(r"[A-Za-z0-9._-]+", name) else SITE,
        language="en",
        licence="CC BY 4.0",
        attribution=f"Have I Been Pwned, {SITE}",
        identifiers=[f"hibp:{name}", *dict.fromkeys(f"reference:{u}" for u in map(html.unescape, _LINK.findall(described)) if words(u))],
    )
    draft.text = text or None
    draft.thing("organizations", "hibp", id=PUBLISHER, name="Have I Been Pwned", identifiers=["domain:haveibeenpwned.com"])
    sure = _sureness(flags)
    notes = [_NOTES[flag] for flag in _NOTES if flags.get(flag)]
    collected = any(flags.get(flag) for flag in ("IsSpamList", "IsMalware", "IsStealerLog"))
    kind = IncidentKind.MALWARE_INFECTION if flags.get("IsMalware") or flags.get("IsStealerLog") else IncidentKind.DATA_BREACH
    draft.thing(
        "incidents", "incident", title=title, kind=IncidentKind.UNKNOWN if flags.get("IsSpamList") else kind,
        summary=draft.text, note="; ".join(notes) or None,
    )  # fmt: skip
    domain = words(entry.get("Domain"))
    victim = None
    if domain and not collected:
        victim = draft.thing("organizations", "victim", id=f"hibp.{key_of(name)}", name=title, identifiers=[f"domain:{domain.lower()}"])
        draft.claim("involvements", incident="incident", party=victim, role=Role.VICTIM, **sure)
    elif domain:
        draft.unmapped("Domain", domain)
    of = "accounts in" if collected or not victim else "accounts of"
    owners = draft.thing("populations", "accounts", description=f"{of} {title[:300]}", of=victim)
    draft.claim("involvements", incident="incident", party=owners, role=Role.AFFECTED_PARTY, through=victim, **sure)
    count = entry.get("PwnCount")
    if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 10**15:
        amount = {"min": count, "max": count, "unit": "accounts"}
        draft.claim("impacts", incident="incident", kind=ImpactKind.RECORDS, party=owners, amount=amount, **sure)
    else:
        draft.unmapped("PwnCount", count)
    _data(draft, entry.get("DataClasses"), victim, owners, sure)
    happened = entry.get("BreachDate")
    when = breach_day(happened, text) if isinstance(happened, str) else None
    if when:
        draft.claim("timings", incident="incident", event=Event.OCCURRED, when=when, **sure)
    else:
        draft.unmapped("BreachDate", happened)
    for field in ("AddedDate", "ModifiedDate"):
        if not times.get(field):
            draft.unmapped(field, entry.get(field))
    for field in ("Title", "Domain", "Description"):
        if not isinstance(entry.get(field), str):
            draft.unmapped(field, entry.get(field))
    for flag in _FLAGS:
        if flag not in flags:
            draft.unmapped(flag, entry.get(flag))
    draft.rest(entry, _USED)
    return draft


_NOTES = {
    "IsSensitive": "HIBP: sensitive, not to be searched by others than the owner of an address",
    "IsRetired": "HIBP: retired, the data was taken out",
    "IsSpamList": "HIBP: a spam list, not known to come from a breach of one service",
    "IsMalware": "HIBP: collected by malware",
    "IsStealerLog": "HIBP: logs of information stealers",
    "IsSubscriptionFree": "HIBP: subscription free",
}


def _sureness(flags: dict[str, bool]) -> dict[str, Any]:
    """What HIBP's flags say of every claim."""
    if flags.get("IsFabricated"):
        return {"stance": Stance.DISPUTED, "confidence_words": "HIBP: fabricated, unlikely to come from where it is said to"}
    if flags.get("IsVerified"):
        return {"confidence_words": "HIBP: verified"}
    return {"stance": Stance.SUSPECTED, "confidence_words": "HIBP: not verified"} if "IsVerified" in flags else {}


def _data(draft: Draft, classes: Any, victim: str | None, owners: str, sure: dict[str, Any]) -> None:
    listed = classes if isinstance(classes, list) else [classes]
    seen: set[str] = set()
    for number, one in enumerate(listed, 1):
        name = words(one)
        if not name:
            draft.unmapped("DataClasses", one)
            continue
        if name in seen:
            continue
        seen.add(name)
        kind = next((k for pattern, k in _DATA if pattern.search(name)), AssetKind.PERSONAL)
        asset = draft.thing("assets", f"data-{number}", name=name, kind=kind)
        draft.claim("compromises", incident="incident", asset=asset, effect=Effect.EXPOSED, held_by=victim, owned_by=[owners], **sure)
