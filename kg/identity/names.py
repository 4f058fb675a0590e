"""How names are compared: one spelling for each name, without legal form, as an address, as trigrams."""

from __future__ import annotations

import re
import unicodedata

_FOLD = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h"})
_ACRONYM = re.compile(r"\b(?:\w\.){2,}(?:\w\b)?")
_LEGAL_FORMS = frozenset(
    {
        "inc", "incorporated", "corp", "corporation", "co", "company", "llc", "llp", "lp", "ltd", "limited", "plc", "gmbh",
        "mbh", "ag", "kg", "kgaa", "se", "sa", "sas", "sarl", "srl", "spa", "nv", "bv", "ab", "as", "asa", "aps", "oy", "oyj",
        "pty", "pte", "pvt", "sdn", "bhd", "kk", "kabushiki", "ooo", "oao", "pao", "zao", "sro", "doo", "jsc", "pjsc", "ev",
        "eg",
    }
)  # fmt: skip


def normalise(name: str) -> str:
    """The spelling under which a name is compared; empty only for a name without any visible character.

    Compatibility forms, case, accents on Latin letters, punctuation and white space do not count;
    digits and other scripts stay. A name of symbols alone is kept as it is.

    >>> normalise("  Électricité   de France, S.A. ")
    'electricite de france sa'
    >>> normalise("AT&T Inc."), normalise("CVE-2023-23397"), normalise("ＡＰＴ２９")
    ('at and t inc', 'cve 2023 23397', 'apt29')
    >>> normalise("Лаборатория Касперского"), normalise("東京電力"), normalise("☠☠")
    ('лаборатория касперского', '東京電力', '☠☠')
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    if plain.isascii():
        kept = plain
    else:
        letters: list[str] = []
        base = ""
        for character in unicodedata.normalize("NFD", plain):
            if "\u0300" <= character <= "\u036f":
                if base < "\u0250":
                    continue
            else:
                base = character
            letters.append(character)
        kept = unicodedata.normalize("NFC", "".join(letters)).translate(_FOLD)
    if "." in kept:
        kept = _ACRONYM.sub(lambda match: match.group().replace(".", ""), kept)
    kept = kept.replace("&", " and ").replace("'", "").replace("\u2019", "")
    words = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in kept).split()
    if words:
        return " ".join(words)
    return " ".join("".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in plain).split())


def strip_legal_form(name: str) -> str:
    """The normalised name without its legal form; a name that is nothing else stays.

    >>> strip_legal_form("SolarWinds Corporation"), strip_legal_form("Siemens Energy GmbH & Co. KG")
    ('solarwinds', 'siemens energy')
    >>> strip_legal_form("Telefónica, S.A."), strip_legal_form("Limited Company"), strip_legal_form("AG Insurance")
    ('telefonica', 'limited company', 'ag insurance')
    """
    words = normalise(name).split()
    kept = len(words)
    while kept and (words[kept - 1] in _LEGAL_FORMS or (words[kept - 1] == "and" and kept < len(words))):
        kept -= 1
    return " ".join(words[:kept] or words)


def slug(name: str) -> str:
    """The name as the last part of an address: normalised, hyphens for spaces, at most 100 characters.

    >>> slug("Booz Allen Hamilton, Inc."), slug("Midnight  Blizzard")
    ('booz-allen-hamilton-inc', 'midnight-blizzard')
    """
    return normalise(name).replace(" ", "-")[:100].strip("-")


def trigrams(name: str) -> set[str]:
    """All runs of three characters of the normalised name, with a space before and after.

    >>> sorted(trigrams("APT1"))
    [' ap', 'apt', 'pt1', 't1 ']
    """
    padded = f" {normalise(name)} "
    return {padded[n : n + 3] for n in range(len(padded) - 2)} if len(padded) > 2 else set()
