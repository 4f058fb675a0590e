"""Counts in English text: the number said, its bound, and what is counted.

``up to 18,000 customers`` is a :class:`CountMention` of 18,000, at most, of "customers". Shares
("less than one percent") and sums of money are marked as such. No counts are: dates and years,
clock times, versions, addresses, telephone numbers, ordinals, and numbers that are labels
("Figure 3", "port 443", "CVE-2023-34362"). Cost grows linearly with the text.

The noun phrase is found without a parser: from the number to the first plural, over adjectives and
modifiers, with a complement of "of"; it ends before verbs, prepositions and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kg.extraction import cues
from kg.extraction.date_atoms import WEB_ADDRESS
from kg.extraction.dates import date_spans

_DATA = cues.load("numbers")
_WORDS: dict[str, int] = _DATA["words"]
_SCALES: dict[str, int] = _DATA["scales"]
_SHORT: dict[str, int] = _DATA["short_scales"]
_PLURALS: dict[str, int] = _DATA["plural_scales"]
_SIGNS: dict[str, str] = _DATA["currency_signs"]
_MONEY: dict[str, str] = _DATA["currency_words"]
_STOPS = frozenset(_DATA["stops"])
_IRREGULAR = frozenset(_DATA["irregular"])
_COMPOUNDS = frozenset(_DATA["compounds"])
_LABELS = frozenset(_DATA["labels"])
_BOUND_OF: dict[str, str] = {words: bound for bound, entries in _DATA["bounds"].items() for words in entries}

LONGEST_UNIT = 8
"""A counted noun phrase has at most so many words before its head."""


@dataclass(frozen=True, slots=True)
class CountMention:
    """A number in a text with its modifiers: ``text[start:end]``.

    ``value`` is the number said, the upper end of a range; ``low`` and ``high`` what it bounds, None
    where it is open. ``bound`` is exact, about, at most, at least or range. ``unit`` is the noun
    phrase counted, at ``unit_start:unit_end``. ``share``: a percentage or fraction; it has no value.
    ``currency``: an ISO 4217 code, or BTC, ETH, XMR and the like.
    """

    start: int
    end: int
    text: str
    low: int | None
    high: int | None
    value: int | None
    bound: str
    unit: str | None
    unit_start: int | None
    unit_end: int | None
    share: bool
    currency: str | None


# ---------------------------------------------------------------------------------------- the number itself
def _any(words: Iterable[str]) -> str:
    return cues.any_of(words, _W)


_W = r"(?:[ \t\xa0\u202f]{1,3}|[ \t]?\r?\n(?![ \t]*[\r\n])[ \t]{0,4})"
_OW = rf"(?:{_W})?"
_DIGITS = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,3})?|\d{1,3}(?:[\xa0\u202f]\d{3})+|\d{1,3}(?: \d{3}){2,}(?!\d)|\d{1,3} 000(?!\d)"
    r"|\d{1,3}(?:[.'’]\d{3}){2,}|\d{1,15}(?:\.\d{1,4})?)"
)
_DIGIT_NUMBER = re.compile(
    rf"(?P<n>{_DIGITS})(?:(?:{_W}|-)(?P<scale>{_any(_SCALES)})(?![\w])|(?P<short>{_any(_SHORT)})(?!\w))?", re.IGNORECASE
)
_AFTER_DIGITS = re.compile(r"\w|[.,:/'’]\d|-(?:[A-Za-z]|\d+-)|\(k\)|:\d|°|/\w", re.ASCII)
_TOKEN = re.compile(rf"(?:{_any([*_WORDS, *_SCALES])})(?![a-z])", re.IGNORECASE)
_BETWEEN_TOKENS = re.compile(rf"-|{_W}(?:and{_W})?", re.IGNORECASE)
_AND_A_HALF = re.compile(rf"{_W}and{_W}a{_W}(?P<f>half|quarter)(?:{_W}(?P<s>{_any(_SCALES)})(?![a-z]))?", re.IGNORECASE)
_HALF_A = re.compile(
    rf"(?:(?P<f>half)(?:{_W}an?{_W}|-|{_W})|an?{_W}half(?:{_W}|-)|(?:a{_W})?(?P<q>quarter)(?:{_W}of{_W}a{_W}|{_W}|-)"
    rf"|(?P<t>three)(?:{_W}|-)quarters{_W}of{_W}a{_W})(?P<s>{_any(_SCALES)})(?![a-z])",
    re.IGNORECASE,
)
_MANY = re.compile(
    rf"(?P<a>{_any(_PLURALS)})(?:{_W}(?:or{_W}\w+{_W})?of{_W}(?P<b>{_any(_PLURALS)}))?(?![a-z])",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    rf"(?:several|a{_W}few|few|a{_W}couple(?:{_W}of)?|many|multiple)(?:{_W}|-)(?P<s>{_any(_SCALES)})(?:{_W}(?P<s2>{_any(_SCALES)}))?(?![a-z])",
    re.IGNORECASE,
)
_ARTICLE_SCALE = re.compile(rf"an?{_W}(?P<s>{_any(_SCALES)})(?:{_W}(?P<s2>{_any(_SCALES)}))?(?![a-z])", re.IGNORECASE)
_FRACTION = re.compile(
    rf"(?:(?:an?|one|two|three|four|five|nine|the)(?:{_W}|-))?(?:{_any(_DATA['fractions'])}){_W}(?:of|the|its|their|all|our)\b",
    re.IGNORECASE,
)
_ONE_IN = re.compile(
    rf"(?:{_any(_WORDS)}|\d{{1,3}}){_W}(?:in|out{_W}of){_W}(?:every{_W}|all{_W})?(?:{_any(_WORDS)}|\d{{1,3}}(?![\d,.]\d))(?![a-z\d-])",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"{_OW}%|(?:{_W}|-)(?:per{_W}?cent|percent|pct|percentage{_W}points?)\b", re.IGNORECASE)
_SIGN = re.compile(rf"(?:{_any(_SIGNS)}){_OW}(?=\d)")
_MONEY_AFTER = re.compile(rf"(?:{_W}|-)(?:{_any(_MONEY)})(?![a-z])", re.IGNORECASE)
_CLOCK = re.compile(rf"{_OW}(?:[ap]\.?m\b|o['’]clock|UTC\b|GMT\b)", re.IGNORECASE)
_TO = re.compile(rf"{_OW}[-–—]{_OW}|{_W}to{_W}", re.IGNORECASE)
_AND = re.compile(rf"{_W}and{_W}", re.IGNORECASE)
_RANGE_LEAD = re.compile(
    rf"(?<![\w-])(?P<w>(?:somewhere{_W}|anywhere{_W})?(?:between|from)){_W}(?:(?:about|around|approximately|roughly|an{_W}estimated){_W})?$",
    re.IGNORECASE,
)
_MODIFIER = re.compile(
    rf"(?<![\w-])(?P<w>{_any(w for w in _BOUND_OF if w[0].isalpha())})(?:{_W}|(?<=approx\.))(?:a{_W}total{_W}of{_W}|the{_W})?$"
    r"|[~≈][ ]?$",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"{_W}or{_W}(?P<w>more|so|fewer|less|greater)\b|(?P<plus>\+|-plus\b|{_W}plus\b)", re.IGNORECASE)

_Number = tuple[Fraction | None, Fraction | None, int, Fraction, Fraction]
"""Value, least value of an open number, end, what was said before the scale, scale."""


def _digits(text: str, at: int) -> _Number | None:
    m = _DIGIT_NUMBER.match(text, at)
    if m is None or _AFTER_DIGITS.match(text, m.end()):
        return None
    said = m["n"]
    plain = re.sub(r"[,\s\xa0\u202f'’]", "", said)
    if plain.count(".") > 1:
        plain = plain.replace(".", "")
    number = Fraction(Decimal(plain))
    scale = Fraction(_SCALES[m["scale"].lower()] if m["scale"] else _SHORT[m["short"].lower()] if m["short"] else 1)
    return number * scale, None, m.end(), number, scale


def _in_words(text: str, at: int) -> _Number | None:
    """Twenty-five, two hundred and five thousand, two and a half million."""
    total, current, end, position, last = 0, 0, at, at, 0
    for _ in range(16):
        m = _TOKEN.match(text, position)
        if m is None:
            break
        word = m[0].lower()
        if word in _WORDS:
            value = _WORDS[word]
            if end > at and not (last >= 100 or (20 <= last <= 90 and last % 10 == 0 and 0 < value < 10)):
                break
            if end > at and last >= 100 and value and current % 100:
                break
            current += value
            last = value
        else:
            scale = _SCALES[word]
            if end == at:
                return None
            if scale == 100 or scale == 12:
                current = max(current, 1) * scale
            else:
                total += max(current, 1) * scale
                current = 0
            last = scale
        end = m.end()
        gap = _BETWEEN_TOKENS.match(text, end)
        if gap is None or ("and" in gap[0].lower() and last < 100):
            break
        position = gap.end()
    if end == at or (text[end : end + 1] == "-" and text[end + 1 : end + 2].isalpha()):
        return None
    number = Fraction(total + current)
    if (half := _AND_A_HALF.match(text, end)) and number < 1000:
        scale = _SCALES[half["s"].lower()] if half["s"] else 1
        return (number + Fraction(1, 2 if half["f"].lower() == "half" else 4)) * scale, None, half.end(), number, Fraction(scale)
    scale = last if last >= 1000 and number % last == 0 else 1
    return number, None, end, number / scale, Fraction(scale)


def _number(text: str, at: int) -> _Number | None:
    """A number in digits or words at a place, or None."""
    if text[at].isdigit():
        return _digits(text, at)
    if m := _HALF_A.match(text, at):
        part = Fraction(1, 4) if m["q"] else Fraction(3, 4) if m["t"] else Fraction(1, 2)
        value = part * _SCALES[m["s"].lower()]
        return value, None, m.end(), value, Fraction(1)
    if m := _SEVERAL.match(text, at):
        low = Fraction(2 * _SCALES[m["s"].lower()] * (_SCALES[m["s2"].lower()] if m["s2"] else 1))
        return None, low, m.end(), low, Fraction(1)
    if m := _MANY.match(text, at):
        low = Fraction(2 * _PLURALS[m["a"].lower()] * (_PLURALS[m["b"].lower()] if m["b"] else 1))
        return None, low, m.end(), low, Fraction(1)
    if m := _ARTICLE_SCALE.match(text, at):
        scale = _SCALES[m["s"].lower()] * (_SCALES[m["s2"].lower()] if m["s2"] else 1)
        value, end = Fraction(scale), m.end()
        if (half := _AND_A_HALF.match(text, end)) and not half["s"]:
            return value * Fraction(3, 2), None, half.end(), Fraction(1), Fraction(scale)
        return value, None, end, Fraction(1), Fraction(scale)
    return _in_words(text, at)


# ---------------------------------------------------------------------------------------- what is counted
_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W\d_](?:[\w&’'-]*\w)?(?:(?<=s)[’'](?=[ \xa0]))?(?:\.(?:com|net|org|io))?|\d{1,4}[A-Za-z][\w-]*")
_GAP = re.compile(_W)
_OF = re.compile(rf"{_W}of{_W}(?:(?:all|the|its|their|our|his|her|these|those|other){_W}){{0,2}}(?!\d)", re.IGNORECASE)
_COMPLEMENT = re.compile(rf"{_W}of{_W}(?:(?:the|its|their|our|his|her){_W})?(?![\d])", re.IGNORECASE)
_COORDINATE = re.compile(rf"{_W}(?:and|or){_W}|/", re.IGNORECASE)
_NO_PLURAL = ("ss", "us", "is", "'s", "’s", "s'", "s’")


def _plural(word: str) -> bool:
    low = word.lower()
    if low in _IRREGULAR:
        return True
    if len(word) == 3:  # PCs, IDs
        return word[:2].isupper() and word[2] == "s"
    return len(low) > 3 and word.endswith("s") and not low.endswith(_NO_PLURAL)


def _participle(word: str) -> bool:
    return word.endswith(("ed", "ing")) and word.islower() and len(word) > 4


def _phrase(text: str, at: int, singular: bool, longest: int = LONGEST_UNIT) -> tuple[int, int] | None:
    """The noun phrase that begins at ``at``: up to its plural head, or, for one thing, up to a word that ends it."""
    position, head, last, previous, words = at, -1, -1, "", 0
    while words < longest:
        m = _WORD.match(text, position)
        if m is None:
            break
        word = m[0]
        low = word.lower()
        if low in _STOPS and not (word.isupper() and len(word) > 1 and low in ("it", "us")):
            break
        plural = _plural(word)
        if head >= 0 and not (plural and word.islower()):
            if previous not in _COMPOUNDS or not word.islower() or _participle(word) or word.endswith("ly"):
                break
            ahead = _GAP.match(text, m.end())
            then = _WORD.match(text, ahead.end()) if ahead else None
            if then is None or not _plural(then[0]) or then[0].lower() in _STOPS:
                break
        if singular and words and head < 0 and _participle(word):
            break
        if plural:
            head = m.end()
        last, previous = m.end(), low
        words += 1
        gap = _GAP.match(text, last)
        if gap is None:
            joint = _COORDINATE.match(text, last)
            if joint is None or head >= 0:
                break
            position = joint.end()
            continue
        position = gap.end()
        if head < 0 and (joint := _COORDINATE.match(text, last)):
            position = joint.end()
    if head < 0:
        return (at, last) if singular and last > at else None
    return at, head


def _unit(text: str, at: int, singular: bool) -> tuple[int, int] | None:
    """What is counted after a number that ends at ``at``."""
    gap = _OF.match(text, at) or _GAP.match(text, at)
    if gap is None:
        return None
    place = gap.end()
    found = _phrase(text, place, singular)
    if found is None:
        return None
    start, end = found
    if (of := _COMPLEMENT.match(text, end)) and (more := _phrase(text, of.end(), True, 5)):
        end = more[1]
    elif joint := _AND.match(text, end):
        more = _phrase(text, joint.end(), False, 3)
        first = _WORD.match(text, joint.end())
        if more and first and not _participle(first[0]) and first[0].lower() not in _NUMBER_WORDS:
            end = more[1]
    return start, end


_NUMBER_WORDS = frozenset([*_WORDS, *_SCALES, *_PLURALS, "half", "several", "many"])


# ---------------------------------------------------------------------------------------- all of a text
_START = re.compile(
    r"(?<![\w#@§&\\])(?:"
    r"(?P<digit>(?<!\d[.,:/])(?<!\w[-–/=])(?<![A-Za-z]\.)(?<![/+^])\d)"
    rf"|(?P<sign>(?:{_any(_SIGNS)}){_OW}\d)"
    rf"|(?P<word>(?<!\w-)(?:(?:{_any([*_WORDS, *_PLURALS])})(?![a-z])|half(?=[ \xa0-])|quarter(?=[ -])|three(?=[ -]quarters)"
    rf"|(?:an?|several|few|many|multiple)"
    rf"(?=[ \xa0\r\n-]{{1,2}}(?:few|couple|half|third|quarter|fifth|tenth|sixth|majority|{_any(_SCALES)})\b)))"
    r")",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w.,-])(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}(?![\w-])|\+\d[\d ()-]{6,20}\d(?!\d)"
    r"|(?<![\d.])\d{1,3}\.\d{1,3}(?:\.|\[\.\])\d{1,3}(?:\.|\[\.\])\d{1,3}"
)
_PREVIOUS = re.compile(r"(?P<w>[^\W\d_][\w.'’&]*)[ \xa0(]{1,2}$")
_NOT_ONE = frozenset(["no", "the", "this", "that", "any", "each", "every", "which", "another", "only", "for", "day", "number"])
_RANK = {"at most": 3, "at least": 2, "about": 1}


def find_counts(text: str) -> list[CountMention]:
    """Every number said in ``text`` that counts or measures something, in order and without overlap.

    Never raises for any text. "Hundreds of thousands" has no value and is at least 200,000.

    >>> found = find_counts("Up to 18,000 customers of Acme lost between 10 and 20 million records (about $22m).")
    >>> [(m.text, m.value, m.bound, m.unit, m.currency) for m in found]  # doctest: +NORMALIZE_WHITESPACE
    [('Up to 18,000', 18000, 'at most', 'customers of Acme', None),
     ('between 10 and 20 million', 20000000, 'range', 'records', None),
     ('about $22m', 22000000, 'about', None, 'USD')]
    >>> [(m.text, m.share, m.unit) for m in find_counts("less than one percent of its customers")]
    [('less than one percent', True, 'customers')]
    """
    masked = sorted([*date_spans(text), *(m.span() for m in WEB_ADDRESS.finditer(text)), *(m.span() for m in _PHONE.finditer(text))])
    found: list[CountMention] = []
    position, mask, length = 0, 0, len(text)
    while position < length:
        start = _START.search(text, position)
        if start is None:
            break
        at = start.start()
        position = at + 1
        while mask < len(masked) and masked[mask][1] <= at:
            mask += 1
        if mask < len(masked) and masked[mask][0] <= at:
            position = max(position, masked[mask][1])
            continue
        until = next((s for s, _ in masked[mask : mask + 1]), length)
        mention = _mention(text, at, str(start.lastgroup), found[-1].end if found else 0, until)
        if mention is not None:
            found.append(mention)
            position = mention.end
        elif start.lastgroup == "digit":
            position = _end_of_digits(text, at)
    return found


_DIGIT_RUN = re.compile(r"[\d.,]*")


def _end_of_digits(text: str, at: int) -> int:
    m = _DIGIT_RUN.match(text, at)
    return max(at + 1, m.end() if m else 0)


def _fraction(text: str, at: int, floor: int) -> CountMention | None:
    """A third of, half of, one in five."""
    if m := _FRACTION.match(text, at):
        end = at + len(re.sub(r"[ \t\xa0\r\n]+(?:of|the|its|their|all|our)$", "", m[0], flags=re.IGNORECASE))
    elif m := _ONE_IN.match(text, at):
        end = m.end()
    else:
        return None
    unit = _unit(text, end, False)
    if " in " in m[0].lower() and unit is None:
        return None
    begin, bound = _modified(text, at, floor)
    return _made(text, begin, end, (None, None, None), bound or "exact", unit, share=True)


def _made(
    text: str,
    start: int,
    end: int,
    values: tuple[int | None, int | None, int | None],
    bound: str,
    unit: tuple[int, int] | None,
    share: bool = False,
    currency: str | None = None,
) -> CountMention:
    words = text[unit[0] : unit[1]] if unit else None
    low, high, value = values
    return CountMention(
        start, end, text[start:end], low, high, value, bound, words, unit[0] if unit else None, unit[1] if unit else None, share, currency
    )


def _modified(text: str, at: int, floor: int) -> tuple[int, str]:
    """Where the modifiers before a number begin, and the bound that they set."""
    bound, start = "", at
    for _ in range(3):
        window = max(floor, start - 36)
        m = _MODIFIER.search(text[window:start])
        if m is None:
            break
        said = _BOUND_OF[" ".join(m["w"].lower().split())] if m["w"] else "about"
        if _RANK[said] > _RANK.get(bound, 0):
            bound = said
        start = window + m.start()
    return start, bound


def _whole(number: Fraction) -> int | None:
    return int(number) if number.denominator == 1 else None


def _mention(text: str, at: int, group: str, floor: int, until: int) -> CountMention | None:
    """The count whose number begins at ``at``; nothing of it lies before ``floor``, no number in it goes beyond ``until``."""
    currency, place = None, at
    if group == "sign":
        sign = _SIGN.match(text, at)
        if sign is None:
            return None
        currency = _SIGNS.get(sign[0].strip()) or _SIGNS.get(sign[0].strip().upper())
        place = sign.end()
    elif not _HALF_A.match(text, at) and (fraction := _fraction(text, at, floor)):
        return fraction
    number = _number(text, place)
    if number is None:
        return None
    value, low, end, said, scale = number
    if end > until:
        return None
    if _CLOCK.match(text, end) and scale == 1 and currency is None:
        return None
    start, bound = _modified(text, at, floor)
    # A range
    first: Fraction | None = None
    lead = _RANGE_LEAD.search(text[max(floor, start - 34) : start])
    joint = _TO.match(text, end) or (_AND.match(text, end) if lead and lead["w"].lower().endswith("between") else None)
    if joint and value is not None and joint.end() < len(text) and (other := _second(text, joint.end(), until)):
        upper, upper_end, upper_said, upper_scale = other
        if scale == 1 and upper_scale > 1 and said < upper_said:
            value *= upper_scale
        hyphen = joint[0] == "-" and upper_scale == 1
        odd = hyphen and (text[upper_end : upper_end + 1] == "-" or len(text[joint.end() : upper_end]) > 9 or (said < 10 and upper > 9999))
        if value < upper and not odd:
            first, value, end = value, upper, upper_end
            if lead is not None:
                start = max(floor, start - 34) + lead.start()
            else:
                start, bound = _modified(text, start, floor)
    # A share, a sum of money
    if percent := _PERCENT.match(text, end):
        end = percent.end()
        bound = "range" if first is not None else bound or "exact"
        return _made(text, start, end, (None, None, None), bound, _unit(text, end, False), share=True)
    if currency is None and (money := _MONEY_AFTER.match(text, end)):
        name = " ".join(money[0].lower().strip("- \t\r\n\xa0\u202f").split())
        if name not in ("won", "rand", "pounds") or (value or 0) >= 100:
            currency, end = _MONEY[name], money.end()
    if tail := _TAIL.match(text, end):
        word = (tail["w"] or "more").lower()
        if not (tail["plus"] and text[tail.end() : tail.end() + 1].isalnum()):
            bound, end = {"so": "about", "fewer": "at most", "less": "at most"}.get(word, "at least"), tail.end()
    unit = None if currency else _unit(text, end, value == 1)
    if first is None and currency is None and not _counts(text, (at, end), start != at or tail is not None, value, scale, unit, group):
        return None
    if value is None:
        least = _whole(low) if low is not None else None
        return _made(text, start, end, (least, None, None), "at least", unit, currency=currency)
    exact = _whole(value) if currency is None else round(value)
    if exact is None:
        return _made(text, start, end, (int(value), int(value) + 1, None), bound or "exact", unit, currency=currency)
    if first is not None:
        return _made(text, start, end, (int(first), exact, exact), "range", unit, currency=currency)
    limits = {"at most": (None, exact), "at least": (exact, None)}.get(bound, (exact, exact))
    return _made(text, start, end, (limits[0], limits[1], exact), bound or "exact", unit, currency=currency)


def _second(text: str, at: int, until: int) -> tuple[Fraction, int, Fraction, Fraction] | None:
    """The upper end of a range."""
    if sign := _SIGN.match(text, at):
        at = sign.end()
    elif m := re.compile(rf"(?:about|approximately|roughly|around|as many as|up to){_W}", re.IGNORECASE).match(text, at):
        at = m.end()
    if at >= len(text) or at >= until:
        return None
    number = _number(text, at)
    if number is None or number[0] is None or number[2] > until:
        return None
    return number[0], number[2], number[3], number[4]


def _counts(
    text: str, core: tuple[int, int], modified: bool, value: Fraction | None, scale: Fraction, unit: tuple[int, int] | None, group: str
) -> bool:
    """Whether a plain number counts anything: no label, enumeration, age, clock time, year."""
    at, end = core
    if value is None:
        return unit is not None or text[at:end].lower() not in ("scores", "tens")
    before, said = text[max(0, at - 26) : at], text[at:end]
    previous = _PREVIOUS.search(before)
    word = previous["w"] if previous else ""
    if group == "word":
        if value == 1 and scale == 1:
            if unit is None or word.lower() in _NOT_ONE or _OF.match(text, end):
                return False
            return text[unit[0] : unit[1]].lower() != "day"
        if value == 0:
            return unit is not None and not text[unit[0] : unit[1]].lower().startswith("day")
        if word.lower() in _LABELS and not modified:
            return False
        return unit is not None or modified or scale > 1 or value > 12 or before.rstrip().endswith(("of", "affected", "hit"))
    if scale > 1 or "," in said:
        return True
    if word.lower().rstrip(".") in _LABELS and not modified:
        return False
    after = text[end : end + 3]
    if before.endswith("[") and after.startswith("]"):
        return False
    if value < 100 and re.search(r"(?:^|\n)[ \t>*-]*\(?$", before) and re.match(r"[.)][ \t]", after):
        return False
    if value < 130 and unit is None and before.endswith(", ") and after.startswith(","):
        return False
    if not modified and word and word[0].isupper() and word.lower() not in _STOPS and value < 10000 and unit is None:
        return False
    if 1900 <= value <= 2099 and len(said) == 4 and not modified and unit is None:
        return False
    return not (said.startswith("0") and len(said) > 1 and said[1].isdigit()) and len(said) <= 12
