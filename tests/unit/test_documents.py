"""Documents of every format, good and bad, read to text."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import BadInput, UsageError
from kg.extraction.documents import Document, is_document, read_document
from kg.extraction.extractor import extract
from kg.extraction.language import language_of
from kg.extraction.opening import date_in, title_in
from kg.times import parse
from kg.vocabulary import ReportKind
from tests.conftest import CHECKOUT

FOLDER = CHECKOUT / "tests" / "fixtures" / "documents"
SENTENCE = "The company said on Monday that unknown hackers had been in its network since March, and that it told the police. "


def read(name: str) -> Document:
    return read_document((FOLDER / name).read_bytes(), name)


# ── formats ──────────────────────────────────────────────────────────────────────────────────


def test_html_main_text_lists_tables_and_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("reading a page opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    found = read("article.html")
    assert "- names and addresses\n- dates of birth" in found.text
    assert "Clinic | Patients\nNorth | 12,000\nSouth | 900" in found.text
    assert not any(word in found.text for word in ("SCRIPT", "Sport", "tracker", "Copyright"))
    assert (found.title, found.publisher, found.author) == ("Clinic group loses records", "The Example Herald", "Jane Roe")
    assert (str(found.published), found.published_from) == ("2022-03-09", "meta article:published_time")
    assert (found.address, found.language, found.format) == ("https://herald.example/clinics", "en", "html")


def test_broken_html_is_read_as_far_as_it_goes() -> None:
    text = read("broken.html").text
    assert "The clinic said that unknown hackers took" in text


def test_pdf_layout() -> None:
    found = read("bulletin.pdf")
    assert "entered the network of the clinics through a third-party supplier and took the records of patients.\n\nNo" in found.text
    assert "Clinic | Patients | Found on\nNorth | 12,000 | May 3\nSouth | 900 | May 4" in found.text
    assert "- names and addresses\n- dates of birth\n\nThe authority will" in found.text
    assert "Bulletin 7" not in found.text
    assert "Page 2" not in found.text
    assert (found.title, found.author, found.format) == ("Theft of patient records at three clinics", "Example Health Authority", "pdf")
    assert (str(found.published), found.published_from) == ("2022-03-09", "PDF metadata")
    assert any("day on which the PDF was made" in note for note in found.notes)


def test_email_takes_the_html_part_and_names_what_it_leaves() -> None:
    found = read("notice.eml")
    words = "Dear patient,\n\nWe are writing to inform you that your records were taken in February, at Zoë Clinic."
    assert found.text == f"{words}\n\nWhat | Records"
    assert (found.title, found.publisher) == ("Notice of data breach", "Zoë Clinic")
    assert (str(found.published), found.published_from) == ("2022-03-10", "Date: header")
    assert found.kind is ReportKind.NOTICE
    assert "attachment list.zip not read" in found.notes


def test_markdown_is_readable_text() -> None:
    found = read("post.md")
    assert found.text == (
        "A look at the loader\n\nWe observed the loader in two networks.\n\n- It came by e-mail.\n- It took credentials.\n\n"
        "file | use\na.dll | side-loading\n\nkeep **this** as it is"
    )
    assert (found.title, found.author, found.published_from) == ("A look at the loader", "A. Analyst, B. Analyst", "file front matter")
    assert found.address == "https://vendor.example/blog/loader"


def test_plain_text_keeps_its_offsets() -> None:
    text = "\n  A\u00adB\u200b " + SENTENCE * 3 + "\n\n"
    assert read_document(text.encode(), "a.txt").text == text


# ── what is known of it ──────────────────────────────────────────────────────────────────────


def test_the_user_goes_before_the_document_and_the_document_before_its_text() -> None:
    page = (FOLDER / "article.html").read_bytes()
    found = read_document(page, "a.html", title="T", publisher="P", published="2022-03", address="https://a.example/")
    assert (found.title, found.publisher, found.address) == ("T", "P", "https://a.example/")
    assert (found.published, found.published_from) == (parse("2022-03"), "command line")
    page = page.replace(b"article:published_time", b"x").replace(b"datePublished", b"x")
    page = page.replace(b"A group", b"Published May 1, 2021.<br>A group")
    assert str(read_document(page, "a.html").published) == "May 1, 2021"


def test_what_is_missing_is_said() -> None:
    assert read_document(SENTENCE.encode(), "a.txt").notes == ("no publication date found", "no title found", "no publisher found")


@pytest.mark.parametrize(
    ("text", "day", "where"),
    [
        ("A title\n\nPublished June 29, 2024\n\nText", "2024-06-29", "date line"),
        ("A title\nJun 17, 2016\nBy A. Writer.\nText", "2016-06-17", "dateline"),
        ("WASHINGTON, June 6, 2023 — The agency", "2023-06-06", "dateline"),
        ("LONDON, 6 June 2023 (Agency) - The agency", "2023-06-06", "dateline"),
        ("A title\n\nJune 6, 2023. The agency", "2023-06-06", "dateline"),
        ("A title\nBy A. Writer | Monday, June 5, 2023 10:30 AM\nText", "2023-06-05", "dateline"),
        ("FORM 8-K\nDate of Report (Date of earliest event reported): July 12, 2024\n", "2024-07-12", "date of report"),
    ],
)
def test_dates_at_the_beginning(text: str, day: str, where: str) -> None:
    found = date_in(text)
    assert found is not None
    assert (found[0].start.date().isoformat(), found[1]) == (day, where)


@pytest.mark.parametrize(
    "text",
    [
        "On January 5, 2023, the firm found that",
        "The breach of May 2, 2021 was large.",
        "June 6 — The agency",
        "x" * 700 + "\nJune 6, 2023\n",
    ],
)
def test_dates_that_are_none_of_publication(text: str) -> None:
    assert date_in(text) is None


def test_titles() -> None:
    assert title_in("June 6, 2023\nClinic loses data\n\nThe clinic said that it lost data.") == "Clinic loses data"
    assert title_in(SENTENCE + SENTENCE) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("FORM 8-K\nCURRENT REPORT\nPursuant to Section 13\n", ReportKind.FILING),
        ("Joint Cybersecurity Advisory\nAuthoring agencies: …", ReportKind.ADVISORY),
        ("Notice of Data Breach\nDear Customer,\nWhat happened?", ReportKind.NOTICE),
        ("FOR IMMEDIATE RELEASE\nThe company", ReportKind.STATEMENT),
        ("Our researchers observed a new loader. Indicators of compromise: evil[.]example", ReportKind.VENDOR_POST),
        ("The grand jury charges: COUNT ONE", ReportKind.INDICTMENT),
        (SENTENCE, ReportKind.NEWS),
    ],
)
def test_kinds(text: str, kind: ReportKind) -> None:
    assert read_document(text.encode(), "a.txt").kind is kind


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (SENTENCE, "en"),
        ("L'entreprise a annoncé que des pirates avaient volé les données de ses clients dans le courant du mois de mars.", "fr"),
        ("La empresa dijo que los atacantes entraron en su red y que se llevaron los datos de sus clientes por un fallo.", "es"),
        ("A empresa disse que os atacantes entraram na rede e que não levaram os dados dos clientes, mas isso é tudo.", "pt"),
        ("Het bedrijf zei dat de aanvallers in het netwerk waren en dat zij de gegevens van klanten hebben gestolen.", "nl"),
        ("Компанія повідомила, що невідомі отримали доступ до її пошти та викрали дані клієнтів.", "uk"),
        ("会社は、攻撃者が顧客のメールを盗んだと発表した。", "ja"),
        ("该公司表示，黑客窃取了其客户的电子邮件和个人资料。", "zh"),
        ("قالت الشركة إن القراصنة سرقوا رسائل البريد الإلكتروني", "ar"),
        ("Too short", None),
        ("a1b2 c3d4 " * 50, None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert language_of(text) == language


# ── characters ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = SENTENCE + "The firm’s café said “no” — twice."
    assert read_document(text.encode(encoding), "a.txt").text == text


def test_text_that_was_encoded_twice_is_repaired() -> None:
    text = SENTENCE + "\nThe firm’s café."
    found = read_document(text.encode().decode("cp1252").encode(), "a.txt")
    assert found.text == text
    assert any("repaired" in note for note in found.notes)
    assert read_document("São Paulo, Ünal, Â".encode() + SENTENCE.encode(), "a.txt").text.startswith("São Paulo, Ünal, Â")


def test_direction_marks_and_controls_go_and_are_named() -> None:
    found = read_document("Acme\u202e\u2066 Cor\x00p\r\nwas hit.\x07".encode(), "a.txt")
    assert found.text == "Acme Corp\nwas hit."
    assert found.notes[:2] == ("2 control characters left out", "2 marks of writing direction left out")


# ── bad input ────────────────────────────────────────────────────────────────────────────────


def _bomb() -> bytes:
    packed = zlib.compress(b" " * 150_000_000)
    return b"%%PDF-1.4\n4 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n" % len(packed) + packed + b"\nendstream\nendobj\n"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n\t\r\n", "is empty"),
        ("a.txt", b"\x00" * 100, "is empty"),
        ("a.txt", b"?!? 123", "has no words"),
        ("a.docx", b"PK\x03\x04" + bytes(50), "ZIP archive"),
        ("a.txt", bytes(range(256)) * 20, "binary"),
        ("a.pdf", b"%PDF-1.4 and no more", "broken or truncated"),
        ("a.pdf", _bomb(), "unpacks to more than"),
        ("a.html", b"<html><script>word</script></html>", "without any words"),
        ("a.eml", b"From: a@b.example\nSubject: x\nMIME-Version: 1.0\n\n", "without text"),
        ("new\nline.txt", b"", "new\ufffdline.txt: is empty"),
    ],
)
def test_bad_input_is_one_line(name: str, data: bytes, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_document(data, name)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "words"), [("encrypted.pdf", "is encrypted"), ("scanned.pdf", "has no text on its pages")])
def test_pdfs_that_cannot_be_read(name: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read(name)


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="unknown format"):
        read_document(b"words", "a.txt", format="docx")
    with pytest.raises(UsageError, match="published"):
        read_document(b"words", "a.txt", published="soonish")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("5MB.txt", (SENTENCE * 43_000).encode()),
        ("line.txt", SENTENCE.replace(". ", " ").encode() * 9_000),
        ("letters.txt", b"a" * 1_000_000),
        ("open.md", b"<!-- [a](*" * 100_000),
        ("comments.txt", b"<!-- -->" * 100_000 + b"words"),
        ("deep.html", b"<html><body>" + b"<div>" * 50_000 + SENTENCE.encode()),
        ("nested.html", b"<html><body>" + b"<table><tr><td>" * 10_000 + SENTENCE.encode()),
        ("json.html", b'<html><script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>" + SENTENCE.encode()),
        ("header.eml", b"From: " + b"a," * 100_000 + b"\nSubject: " + b"=?utf-8?q?a?= " * 30_000 + b"\nDate: x\n\nHello you"),
        ("twice.txt", (SENTENCE + "café’s\n").encode().decode("cp1252").encode() * 10_000),
    ],
)
def test_large_and_crooked_documents_take_bounded_time(name: str, data: bytes) -> None:
    began = time.process_time()
    assert read_document(data, name).text.strip()
    assert time.process_time() - began < 8


NAMES = ["a.txt", "a.md", "a.html", "a.pdf", "a.eml", "a"]
STARTS = [b"", b"%PDF-1.7\n", b"<html><body>", b"From: a\nSubject: b\n", b"---\n", b"\xff\xfe"]


@given(st.binary(max_size=400), st.sampled_from(NAMES), st.sampled_from(STARTS))
@settings(max_examples=150, deadline=None)
def test_random_bytes_raise_nothing_but_bad_input(data: bytes, name: str, start: bytes) -> None:
    is_document(name, start + data)
    try:
        found = read_document(start + data, name)
    except BadInput as error:
        assert "\n" not in str(error)
    else:
        assert found.text.strip()
        assert "\r" not in found.text
        assert "\x00" not in found.text


@given(st.text(max_size=300), st.sampled_from(["text", "markdown", "html", "email"]))
@settings(max_examples=150, deadline=None)
def test_random_text_in_every_format(text: str, form: str) -> None:
    try:
        found = read_document(text.encode(), "a", format=form)
    except BadInput:
        return
    assert found == read_document(text.encode(), "a", format=form)


# ── sniffing ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.[hpem]*")), ids=lambda path: path.name)
def test_documents_are_known(path: Path) -> None:
    assert is_document(path.name, path.read_bytes()[:4096]) is (path.suffix != ".py")


def test_records_are_not_taken_for_documents() -> None:
    for folder in ("reports", "veris"):
        for path in (CHECKOUT / "tests" / "fixtures" / folder).rglob("*.*"):
            head = path.read_bytes()[:4096]
            assert not is_document(path.name, head), path
            assert not is_document("file.txt", head) or not head.strip() or path.suffix not in (".yaml", ".json"), path
    assert not is_document("a.txt", b"name,people,date\nNorth,12,May\nSouth,9,June\n")
    assert not is_document("a.csv", SENTENCE.encode())
    assert is_document("no-suffix", SENTENCE.encode())
    assert is_document("a.txt", b"Update: the company was hit\n\n" + SENTENCE.encode())


# ── weight ───────────────────────────────────────────────────────────────────────────────────


def test_plain_text_loads_no_heavy_library() -> None:
    code = (
        "import sys; from kg.extraction.documents import read_document; "
        f"read_document({SENTENCE!r}.encode(), 'a.txt'); "
        "print([m for m in ('trafilatura', 'lxml', 'pypdfium2', 'ftfy', 'charset_normalizer', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("publisher", "known"), [("Microsoft", "microsoft"), ("NWT Group", "northwind"), ("Harbour News", None), ("Microsoft Watch", None)]
)
def test_a_publisher_that_is_known_is_the_known_organization(publisher: str, known: str | None) -> None:
    document = read_document(SENTENCE.encode(), "a.txt", publisher=publisher)
    report = extract(document, names=[("NWT Group", "organization", "org:northwind")]).report
    assert {o.key: o.id for o in report.organizations}[report.info.publisher] == known
