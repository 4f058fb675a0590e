"""From bytes to characters: which encoding, which characters stay, and what is no text at all."""

from __future__ import annotations

import codecs
import re
import unicodedata

from kg.errors import BadInput

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive (or a Word, Excel or OpenDocument file)"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office or Outlook file"),
    (b"{\\rtf", "a rich text (RTF) file"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"SQLite format 3\x00", "a database"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODE_PAGES = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "koi8_r", "shift_jis", "euc_jp", "euc_kr", "gb18030", "big5",
]  # fmt: skip
_SAMPLE = 1 << 16

BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that change the direction of writing; they are invisible, and can make a name read as another."""

_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
_NEWLINE = re.compile("\r\n?|[\x85\u2028\u2029]")
_PAGE = re.compile("[\x0b\x0c]+\n?")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\ufff9-\ufffb]")
_MOJIBAKE = re.compile("[ÂÃâå][\u0080-\u00bf€‚„†‡ˆ‰‹Œ‘’“”•–—˜™›œŸƒŠšŽž]|ï»¿|Ð[\u0080-\u00bf°±µ]|Ñ[\u0080-\u00bf‚ƒ„]")


def refuse_other_files(data: bytes, name: str) -> None:
    """Raises :class:`~kg.errors.BadInput` for what its first bytes show to be an archive, a picture, a program …

    >>> refuse_other_files(b"PK" + bytes([3, 4]) + b"...", "a.txt")
    Traceback (most recent call last):
    kg.errors.BadInput: a.txt: is a ZIP archive (or a Word, Excel or OpenDocument file), not a text; save it as PDF, HTML or plain text
    """
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise BadInput(f"{name}: is {what}, not a text; save it as PDF, HTML or plain text")


def decode(data: bytes, name: str, charset: str | None = None) -> tuple[str, list[str]]:
    """The characters of ``data`` and notes on how they were found. ``charset`` is what the document says of itself.

    In turn: a byte order mark, the stated charset, UTF-16 without a mark, UTF-8, then the code page that ``charset-normalizer``
    finds most likely. UTF-8 with few broken bytes stays UTF-8. Raises :class:`~kg.errors.BadInput` if the result is no text:
    more than 2 in 100 characters are controls, or more than 5 in 100 could not be decoded.

    >>> decode("Zürich".encode("cp1252"), "a.txt")
    ('Zürich', ['read as windows-1252; the file does not say its encoding'])
    """
    text, notes = _decoded(data, charset)
    if text:
        controls = len(_CONTROL.findall(text))
        if controls > max(2, len(text) // 50) or text.count("\ufffd") > max(2, len(text) // 20):
            raise BadInput(f"{name}: is not a text (binary content)")
    return text, notes


def _decoded(data: bytes, charset: str | None) -> tuple[str, list[str]]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, "replace"), []
    if charset:
        try:
            codec = codecs.lookup(charset.strip().strip("\"'"))
            if getattr(codec, "_is_text_encoding", True):
                # Browsers read these two as windows-1252, and so do those who write them.
                encoding = "cp1252" if codec.name in ("iso8859-1", "ascii") else codec.name
                return data.decode("utf-8" if encoding == "cp1252" and _is_utf8(data) else encoding), []
        except (LookupError, UnicodeError, ValueError):
            pass
    sample = data[:_SAMPLE]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[offset::2].count(0) > len(sample) // 5 and sample[1 - offset :: 2].count(0) <= len(sample) // 50:
            return data.decode(encoding, "replace"), [f"read as {encoding.upper()}; the file does not say its encoding"]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken * 10 <= sum(1 for c in text[:_SAMPLE] if c > "\x7f") or (broken <= 2 and len(text) > 200 and _cut(data)):
        return text, [f"{broken} broken bytes of UTF-8 could not be read"]
    encoding = _likely(sample)
    return data.decode(encoding, "replace"), [f"read as {encoding.replace('cp125', 'windows-125')}; the file does not say its encoding"]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cut(data: bytes) -> bool:
    """Whether only the last character of UTF-8 is cut off."""
    return _is_utf8(data[:-1]) or _is_utf8(data[:-2]) or _is_utf8(data[:-3])


def _likely(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_CODE_PAGES, enable_fallback=False).best()
    if best is None:
        return "cp1252"
    western = sample.decode("cp1252", "replace")
    high = [c for c in western if c > "\x7f"]
    # A few accents, dashes and curly quotes fit every Latin code page: the Western one is by far the most frequent.
    if best.encoding in ("cp1250", "cp1254", "cp1257") or len(high) * 50 < len(western):
        letters = sum(unicodedata.category(c) in ("Lu", "Ll", "Pi", "Pf", "Pd", "Zs", "Po") for c in high)
        if letters * 10 >= len(high) * 9:
            return "cp1252"
    return str(best.encoding)


def clean(text: str, invisible: bool = False) -> tuple[str, list[str]]:
    """``text`` with ``\\n`` as its only newline, without control characters and invisible marks; and notes on what was put aside.

    Marks of writing direction go because they can make a name look like another. Soft hyphens, zero-width spaces and byte order
    marks are typesetting: they break names in two for every reader but the eye, and go unless ``invisible`` keeps them. All else
    stays as it is (no Unicode normalisation).
    Text that was encoded twice ("â€™" for "’") is repaired line by line with ``ftfy``, encoding faults only.

    >>> clean("A\\r\\nB\\x00\\u202eC\\u200b")
    ('A\\nBC', ['1 control character left out', '1 mark of writing direction left out', '1 invisible character left out'])
    """
    notes: list[str] = []
    text = _PAGE.sub("\n\n", _NEWLINE.sub("\n", text)) if _odd_newlines(text) else text
    if _MOJIBAKE.search(text):
        text, lines = _repaired(text)
        if lines:
            notes.append(f"characters repaired in {_number(lines, 'line')} (text had been encoded twice)")
    for pattern, what in ((_CONTROL, "control character"), (BIDI, "mark"), (_INVISIBLE, "invisible character")):
        if invisible and pattern is _INVISIBLE:
            continue
        text, n = pattern.subn("", text)
        if n:
            notes.append(f"{_number(n, what)}{' of writing direction' if what == 'mark' else ''} left out")
    return text, notes


def _odd_newlines(text: str) -> bool:
    return any(c in text for c in "\r\x0b\x0c\x85\u2028\u2029")


def _repaired(text: str) -> tuple[str, int]:
    from ftfy import fix_encoding  # registers "sloppy-windows-1252", which keeps the five bytes that windows-1252 has not

    lines = text.split("\n")
    changed = 0
    for i, line in enumerate(lines):
        if len(line) <= 100_000 and _MOJIBAKE.search(line):
            try:  # what went through windows-1252 once, as nearly all has; ftfy, ten times slower, knows the other ways
                fixed = line.encode("sloppy-windows-1252").decode("utf-8")
            except UnicodeError:
                fixed = fix_encoding(line)
            if fixed != line and "\n" not in fixed:
                lines[i] = fixed
                changed += 1
    return "\n".join(lines), changed


def _number(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n:,} {what}s"
