"""Commands that read text: extract it, and review what was extracted."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.common import (
    DAY,
    Command,
    F,
    author_option,
    format_option,
    named_workspace,
    open_workspace,
    save,
    spooled,
    workspace_option,
)

if TYPE_CHECKING:
    from kg.explaining import Told
    from kg.model.report import IncidentReport
    from kg.readers.text import About
    from kg.reviewing import Extracted
    from kg.workspace import Workspace


def about_options(command: F) -> F:
    """Add what a person can say of a text: ``--title --publisher --published --address``."""
    for name, metavar, text in (
        ("address", "URL", "Its address."),
        ("published", "DATE", "When it was published (2024-06-29, 'June 2024')."),
        ("publisher", "NAME", "Who published it."),
        ("title", "TEXT", "Title of the text; goes before what is found in it, as do the next three."),
    ):
        command = click.option(f"--{name}", metavar=metavar, help=text)(command)
    return command


def about(title: str | None, publisher: str | None, published: str | None, address: str | None) -> About:
    """What a person said of a text."""
    from kg.readers.text import About

    return About(title, publisher, published, address)


@click.command(cls=Command)
@workspace_option
@click.argument("paths", nargs=-1, required=True, metavar="FILE…")
@about_options
@click.option("--format", "format_", metavar="NAME", help="text, markdown, html, pdf or email; guessed from the content unless given.")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file, or one file a report into this folder.")
@click.option("--output", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True, help="How to print.")
@click.option("--explain", is_flag=True, help="Show the text with its claims marked; with --out FILE.html as a page.")
@click.option("--model", metavar="NAME", help="Ask this language model instead (OpenAI-compatible; key in $KG_MODEL_KEY).")
@click.option("--model-url", metavar="URL", help="Where the model is, such as http://localhost:11434/v1 (else $KG_MODEL_URL).")
@click.option("--model-price", metavar="IN,OUT", help="Price of a million tokens, to show the cost.")
@click.option("--model-cache", type=click.Path(path_type=Path), metavar="DIR", help="Keep the model's answers here.")
@click.option("--combine", is_flag=True, help="With --model: the claims of both readers, side by side.")
def extract(
    paths: tuple[str, ...],
    title: str | None,
    publisher: str | None,
    published: str | None,
    address: str | None,
    format_: str | None,
    out: Path | None,
    output: str,
    explain: bool,
    model: str | None,
    model_url: str | None,
    model_price: str | None,
    model_cache: Path | None,
    combine: bool,
) -> None:
    """Read texts (plain, Markdown, HTML, PDF, e-mail; '-' reads standard input) and print a report with the words of each claim.

    Nothing is stored; 'kg ingest' does that. The names that the workspace knows, if there is one, are recognised.

    \b
    Example: kg extract article.html --published 2024-06-29 --out article.yaml
    Example: kg extract notice.pdf --explain --out notice.html
    """
    from kg.cli.output import echo_notes
    from kg.errors import BadInput, UsageError
    from kg.indexing import KnownNames
    from kg.readers.base import SourceFile
    from kg.readers.text import FORMATS, Text, tells_of_an_incident

    if format_ is not None and format_ not in FORMATS:
        raise UsageError(f"unknown format {format_!r}; known: {', '.join(FORMATS)}")
    if (combine or model_url or model_price or model_cache) and not model:
        raise click.UsageError("name the language model with --model")
    given = about(title, publisher, published, address)
    workspace = _workspace_if_any()
    asked = None
    if model:
        from kg.extraction.model_reader import options_from

        asked = options_from(model, model_url, price=model_price, cache=model_cache)
    names = workspace.known_names() if workspace else KnownNames()
    reader = Text(names.names, given, format=format_, labels=names.labels)
    reports: list[tuple[IncidentReport, tuple[str, ...]]] = []
    notes: list[tuple[str, str]] = []
    unreadable = aside = 0
    with ExitStack() as stack:
        for path, name in _texts(paths, stack):
            try:
                found = reader.extract(SourceFile(path, name), asked, combine)
            except BadInput as error:
                unreadable += 1
                click.echo(f"kg: {error}", err=True)
                continue
            except OSError as error:
                unreadable += 1
                click.echo(f"kg: {name}: cannot be read: {error.strerror or error}", err=True)
                continue
            notes += [(name, note) for note in found.notes]
            if tells_of_an_incident(found.report):
                reports.append((found.report, found.notes))
            else:
                aside += 1
    echo_notes(notes)
    _deliver(reports, out, output, explain)
    if unreadable and not reports and not aside:
        sys.exit(3)
    if unreadable or aside:
        sys.exit(1)


def _workspace_if_any() -> Workspace | None:
    from kg.errors import NotFound

    if named_workspace():
        return open_workspace()
    try:
        return open_workspace()
    except NotFound:
        return None


def _texts(paths: tuple[str, ...], stack: ExitStack) -> list[tuple[Path, str]]:
    """The files to read, each with the name to call it by; of folders those that are prose."""
    import tempfile

    from kg.extraction.documents import is_document
    from kg.readers.base import SourceFile
    from kg.workspace import files_below

    found: list[tuple[Path, str]] = []
    for one in paths:
        path = spooled(one, Path(stack.enter_context(tempfile.TemporaryDirectory()))) if one == "-" else Path(one)
        files = list(files_below(path))
        if path.is_dir():
            files = [(file, name) for file, name in files if is_document(name, SourceFile(file, name).head())]
        found += files
    return found


def _deliver(reports: list[tuple[IncidentReport, tuple[str, ...]]], out: Path | None, output: str, explain: bool) -> None:
    from kg.explaining import to_html
    from kg.readers.writing import plain, to_yaml

    if explain and out is None:
        for report, _ in reports:
            print_explained(report)
        return
    if explain and out is not None:
        ending, written = ".html", [to_html(report, notes) for report, notes in reports]
        if len(reports) > 1 and not out.is_dir():
            raise click.UsageError("name a folder with --out: each text is a page of its own")
    elif output == "json":
        import json

        ending, written = ".json", [json.dumps(plain(report), indent=2, ensure_ascii=False) + "\n" for report, _ in reports]
        if len(written) > 1 and (out is None or not out.is_dir()):
            written = ["[\n" + ",\n".join(text.rstrip("\n") for text in written) + "\n]\n"]
    else:
        ending, written = ".yaml", [to_yaml(report) for report, _ in reports]
    if out is None:
        click.echo("---\n".join(written), nl=False)
    elif out.is_dir():
        for (report, _), text in zip(reports, written, strict=True):
            save(out / f"{report.info.id}{ending}", text)
            click.echo(f"{out / report.info.id}{ending}")
    elif written:
        save(out, "---\n".join(written))
        claims = sum(len(report.claims()) for report, _ in reports)
        click.echo(f"{claims} claims of {len(reports)} text{'s' if len(reports) > 1 else ''} are in {out}")


def print_explained(report: IncidentReport) -> None:
    """The text with the words of its claims marked and numbered, then the claims."""
    from rich.console import Console
    from rich.text import Text as Drawn

    from kg.explaining import pieces, tell

    told = tell(report)
    sentences = [(f"{one.number:>4}  {one.sentence}", f"{one.said_by}; {one.how}") for one in told]
    if sys.stdout.isatty():
        drawn = Drawn()
        for text, numbers in pieces(report.text or "", told):
            drawn.append(text, style="black on yellow" if numbers else "")
            if numbers:
                drawn.append(f"[{','.join(map(str, numbers))}]", style="dim cyan")
        console = Console(highlight=False)
        console.print(drawn)
        console.print()
        for line, detail in sentences:
            console.print(Drawn(line).append(f" — {detail}", style="dim"))
        return
    for text, numbers in pieces(report.text or "", told):
        click.echo(f"«{text}»[{','.join(map(str, numbers))}]" if numbers else text, nl=False)
    click.echo("\n")
    for line, detail in sentences:
        click.echo(f"{line} — {detail}")


# ── review ───────────────────────────────────────────────────────────────────────────────────


@click.command(cls=Command)
@workspace_option
@click.argument("report", required=False)
@click.option("--below", type=click.IntRange(0, 101), default=90, show_default=True, help="Claims that are right less often in 100.")
@click.option("--accept", multiple=True, metavar="ID", help="The text says so; 'all': every claim without an answer.")
@click.option("--reject", multiple=True, metavar="ID", help="The text says no such thing: the claim counts for nothing.")
@click.option("--correct", multiple=True, nargs=2, metavar="ID YAML", help="It says something else: --correct 3f2a 'role: bystander'.")
@click.option("--undo", multiple=True, metavar="ID", help="Take an answer back; 'all': every one.")
@click.option("--list", "listing", is_flag=True, help="List the claims and ask nothing.")
@click.option("--all", "everything", is_flag=True, help="Also claims that are sure, and those that have an answer.")
@click.option("--on", type=DAY, metavar="DATE", help="The day of the answers, today unless given.")
@author_option
@format_option
def review(
    report: str | None,
    below: int,
    accept: tuple[str, ...],
    reject: tuple[str, ...],
    correct: tuple[tuple[str, str], ...],
    undo: tuple[str, ...],
    listing: bool,
    everything: bool,
    on: date | None,
    by: str,
    output: str,
) -> None:
    """Walk through extracted claims, the least sure first: accept, correct, reject, skip or quit.

    Answers stand in the report's YAML with their author and day. The machine's claim stays as it was read; what was rejected or
    corrected counts for nothing any more, and a correction is your own claim beside it.

    \b
    Example: kg review
    Example: kg review article-2f3a --list
    Example: kg review article-2f3a --reject 81c0aa --correct 93f1 'role: bystander'
    """
    from kg.errors import UsageError
    from kg.model.report import Answer
    from kg.reviewing import Reply, changes_of, extracted, report_with, unanswered

    workspace = open_workspace()
    if "all" in accept and report is not None:
        others = (*reject, *(i for i, _ in correct))
        accept = tuple(one.id for one in unanswered(workspace.report(report)) if not one.id.startswith(others))
        if not accept and not others:
            click.echo("nothing to review")
            return
    answers = [*(Reply(i, Answer.ACCEPTED) for i in accept), *(Reply(i, Answer.REJECTED) for i in reject)]
    answers += [Reply(i, Answer.CORRECTED, changes_of(text)) for i, text in correct]
    if answers or undo:
        claims = [*(reply.claim for reply in answers), *undo]
        if report is None and "all" in claims:
            raise UsageError("say which report the claims are of: kg review REPORT --accept all")
        if report is None:
            report = report_with(workspace.extracted_reports(), claims).info.id
        if undo:
            stored = workspace.report(report)
            every = [one.id for one in extracted(stored) if one.claim.reviewed]
            taken = every if "all" in undo else list(undo)
            workspace.unreview(report, taken, by)
            click.echo(f"{len(taken)} answer{'s' if len(taken) != 1 else ''} taken back")
        if answers:
            workspace.review(report, answers, by, on)
            click.echo(f"{len(answers)} answer{'s' if len(answers) != 1 else ''} kept, by {by}")
        return
    reports = [workspace.report(report)] if report else workspace.extracted_reports()
    open_ = [(r, one) for r in reports for one in (extracted(r) if everything else unanswered(r))]
    asked = [(r, one) for r, one in open_ if everything or (one.claim.extraction_confidence or 0) < below]
    asked.sort(key=lambda pair: pair[1].claim.extraction_confidence or 0)
    if listing or output == "json":
        _list(asked, output)
    elif not asked:
        left = f": the {len(open_)} claims left are right {below} times in 100 or more; --all shows them" if open_ else ""
        click.echo(f"nothing to review{left}")
    else:
        _walk(workspace, asked, by, on)


def _list(asked: list[tuple[IncidentReport, Extracted]], output: str) -> None:
    from kg.cli.output import echo_json, echo_table
    from kg.readers.writing import plain

    told: dict[int, dict[str, Told]] = {}
    if output == "json":
        echo_json(
            [
                {
                    "report": r.info.id,
                    "id": one.id,
                    "kind": one.field,
                    "text": _told(r, one, told).sentence,
                    "confidence": one.claim.extraction_confidence,
                    "quotes": [e.quote for e in one.claim.evidence],
                    "answer": one.claim.reviewed.answer.value if one.claim.reviewed else None,
                    "claim": plain(one.claim),
                }
                for r, one in asked
            ]
        )
    elif asked:
        echo_table(
            ("report", "id", "right in 100", "answer", "claim", "words"),
            [
                (
                    r.info.id,
                    one.id[:10],
                    "" if one.claim.extraction_confidence is None else one.claim.extraction_confidence,
                    one.claim.reviewed.answer.value if one.claim.reviewed else "",
                    _told(r, one, told).sentence,
                    " … ".join(e.quote for e in one.claim.evidence),
                )
                for r, one in asked
            ],
        )
    else:
        click.echo("nothing to review")


def _told(report: IncidentReport, one: Extracted, known: dict[int, dict[str, Told]]) -> Told:
    from kg.explaining import tell

    if id(report) not in known:
        known[id(report)] = {told.id: told for told in tell(report)}
    return known[id(report)][one.id]


_KEYS = {"a": "accept", "c": "correct", "r": "reject", "s": "skip", "q": "quit"}


def _walk(workspace: Workspace, asked: list[tuple[IncidentReport, Extracted]], by: str, on: date | None) -> None:
    from kg.explaining import context
    from kg.model.report import Answer
    from kg.reviewing import Reply

    told: dict[int, dict[str, Told]] = {}
    kept = 0
    for number, (report, one) in enumerate(asked, 1):
        view = _told(report, one, told)
        click.echo(f"\n{number} of {len(asked)}  {report.info.title}  ({report.info.id})")
        click.echo(click.style(f"  {view.sentence}", bold=True) + f" — {view.said_by}")
        for start, end in view.places:
            before, words, after = context(report.text or "", start, end)
            marked = click.style(words, bg="yellow", fg="black") if sys.stdout.isatty() else f"«{words}»"
            click.echo(f"    {before}{marked}{after}")
        click.echo(click.style(f"    {view.how}", dim=True))
        key = _ask()
        reply: Reply | None = None
        if key == "q":
            break
        if key == "a":
            reply = Reply(one.id, Answer.ACCEPTED)
        elif key == "r":
            reply = Reply(one.id, Answer.REJECTED)
        elif key == "c":
            if _correct(workspace, report, one, by, on):
                kept += 1
            continue
        if reply is not None:
            workspace.review(report.info.id, [reply], by, on)
            kept += 1
    click.echo(f"{kept} answer{'s' if kept != 1 else ''} kept, by {by}")


def _ask() -> str:
    text = "  " + ", ".join(f"[{key}]{word[1:]}" for key, word in _KEYS.items())
    while True:
        try:
            said = click.prompt(text, default="s", show_default=False).strip().lower()[:1]
        except click.Abort:
            return "q"
        if said in _KEYS:
            return str(said)


def _correct(workspace: Workspace, report: IncidentReport, one: Extracted, by: str, on: date | None) -> bool:
    """Ask what is different until it makes a sound claim; nothing said leaves the claim as it is."""
    from kg.errors import KgError
    from kg.model.report import Answer
    from kg.readers.report_yaml import known_fields
    from kg.readers.writing import plain
    from kg.reviewing import Reply, changes_of

    said = {k: v for k, v in plain(one.claim).items() if not k.startswith("extract") and k != "evidence"}
    click.echo(f"    it says: {', '.join(f'{k}: {v}' for k, v in said.items())}")
    click.echo(f"    fields: {', '.join(known_fields((one.field,)))}")
    click.echo(f"    things: {', '.join(report.things())}")
    while True:
        try:
            text = click.prompt("    what is different (as 'role: bystander'; nothing: leave it)", default="", show_default=False)
        except click.Abort:
            return False
        if not text.strip():
            return False
        try:
            workspace.review(report.info.id, [Reply(one.id, Answer.CORRECTED, changes_of(text))], by, on)
            return True
        except KgError as error:
            click.echo(f"    {error}")
