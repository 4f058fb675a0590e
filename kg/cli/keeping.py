"""Commands that make a workspace, feed it and keep it sound."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.common import Command, format_option, named_workspace, open_workspace, progress, save, spooled, workspace_option
from kg.cli.extracting import about, about_options

if TYPE_CHECKING:
    from kg.loading import IngestResult
    from kg.matching import Candidate
    from kg.workspace import Workspace


@click.command(cls=Command)
@workspace_option
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--base", metavar="IRI", help="Base address of all instances.")
def init(folder: Path, base: str | None) -> None:
    """Make an empty workspace.

    \b
    Example: kg init my-graph
    """
    from kg.vocabulary import BASE
    from kg.workspace import create_workspace

    named = named_workspace()
    made = create_workspace(Path(named) if named else folder, base or BASE)
    with made.writing():
        pass
    click.echo(f"an empty workspace is in {made.folder}; take in reports with 'kg ingest PATH…'")


@click.command(cls=Command)
@click.option("--id", "report_id", default="my-report", show_default=True, help="Id of the report.")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead of the terminal.")
def new(report_id: str, out: Path | None) -> None:
    """Print a report to fill in, with a comment on every part.

    \b
    Example: kg new --id acme-8k-2026-03-01 --out acme.yaml
    """
    from kg.readers.template import template

    text = template(report_id)
    if out is None:
        click.echo(text, nl=False)
    elif out.exists():
        raise click.UsageError(f"{out} exists already")
    else:
        save(out, text)
        click.echo(f"{out} is ready to be filled in; 'kg validate {out}' checks it")


@click.command(cls=Command)
@workspace_option
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option(
    "--format",
    "format_",
    metavar="NAME",
    help="yaml, veris, attack, hhs, hibp, kev, text, markdown, html, pdf or email; guessed from the content unless given.",
)
@about_options
@click.option("--again", is_flag=True, help="Extract text again that was extracted before (PATH may be the id of such a report).")
@click.option("--output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to print.")
def ingest(
    paths: tuple[str, ...],
    format_: str | None,
    title: str | None,
    publisher: str | None,
    published: str | None,
    address: str | None,
    again: bool,
    output: str,
) -> None:
    """Take files and folders into the graph ('-' reads standard input): reports in YAML, VERIS records, ATT&CK bundles, texts.

    Twice the same is a no-op; a corrected report replaces itself. What cannot be read is named and put aside. Of a text, the
    report that is extracted is kept, marked as unreviewed, and known incidents that it may be about are proposed.

    \b
    Example: kg ingest reports/ vcdb.jsonl.gz
    Example: kg ingest article.html --published 2024-06-29
    """
    import tempfile

    workspace = open_workspace()
    with tempfile.TemporaryDirectory() as spool:
        chosen = [spooled(p, Path(spool)) for p in paths]
        if again:
            chosen = [p if p.exists() else workspace.source_of(str(p)) for p in chosen]
        result = workspace.ingest(chosen, format_, progress(), about(title, publisher, published, address), again)
    rows = [f for f in result.files if f.records]
    proposed = workspace.proposals(result.texts) if result.texts else []
    if output == "json":
        from dataclasses import asdict

        from kg.cli.output import echo_json

        told: dict[str, Any] = {"files": [asdict(f) for f in rows], "rejects": [asdict(r) for r in result.rejects]}
        if result.no_reports:
            told["no_reports"] = [{"file": file, "what": what} for file, what in result.no_reports]
        if result.texts:
            short = workspace.addresses.shorten
            told["texts"] = [short(iri) for iri in result.texts]
            told["proposals"] = [asdict(c) for c in proposed]
            told["notes"] = [{"file": file, "note": note} for file, note in result.notes]
        echo_json(told)
    else:
        _print_ingest(result, rows)
        _print_texts(workspace, result, proposed)
    if result.rejects:
        sys.exit(1)


def _print_ingest(result: Any, rows: list[Any]) -> None:
    from kg.cli.output import echo_table

    columns = ("new", "changed", "unchanged", "rejected", *(("no_report",) if result.no_reports else ()), "quads")
    if len(rows) > 30:
        folders: dict[str, list[Any]] = {}
        for row in rows:
            folders.setdefault(str(Path(row.file).parent), []).append(row)
        table = [
            (
                of[0].file if len(of) == 1 else f"{name}/ ({len(of)} files)",
                ", ".join(sorted({r.format for r in of if r.format})),
                *(sum(getattr(r, c) for r in of) for c in columns),
            )
            for name, of in folders.items()
        ]
    else:
        table = [(row.file, row.format, *(getattr(row, c) for c in columns)) for row in rows]
    if len(table) > 1:
        table.append(("all", "", *(result.total(c) for c in columns)))
    echo_table(("file", "format", *(c.replace("_", " ") for c in columns)), table)
    _print_no_reports(result)
    of_file: Counter[str] = Counter()
    for reject in result.rejects:
        of_file[reject.file] += 1
        if of_file[reject.file] > _MOST_REJECTS:
            continue
        for line in reject.reason.splitlines():
            click.echo(f"put aside: {line if line.startswith(reject.file) else f'{reject.file}: {reject.record}: {line}'}", err=True)
    for file, number in of_file.items():
        if number > _MOST_REJECTS:
            click.echo(f"put aside: {file}: {number - _MOST_REJECTS:,} more records; --output json names each with its reason", err=True)
    if result.changed_nothing and not result.rejects and len(result.no_reports) < len(rows):
        click.echo("nothing changed: all of this was in the graph already")


def _print_no_reports(result: Any) -> None:
    """What each file is that is no report; many of one kind in one line."""
    kinds: dict[str, list[str]] = {}
    for file, told in result.no_reports:
        kinds.setdefault(told, []).append(file)
    for told, files in kinds.items():
        named = ", ".join(files[:_MOST_ASIDES]) + (f" and {len(files) - _MOST_ASIDES:,} more" if len(files) > _MOST_ASIDES else "")
        click.echo(f"no report: {named}: {told}", err=True)


_MOST_PROPOSALS = 5
_MOST_ASIDES = 5
"""So many files of a kind are named on a terminal."""
_MOST_REJECTS = 20
"""So many records of one file are named on a terminal."""


def _print_texts(workspace: Workspace, result: IngestResult, proposed: list[Candidate]) -> None:
    """What was not understood, what a new text may be about, and what to do next."""
    from kg.cli.output import echo_notes

    short = workspace.addresses.shorten
    echo_notes(result.notes)
    for iri in result.texts[:_MOST_PROPOSALS]:
        click.echo(f"extracted, unreviewed: {short(iri)}; 'kg review {iri.rpartition('/')[2]}' walks through its claims")
    if len(result.texts) > _MOST_PROPOSALS:
        click.echo(f"… and {len(result.texts) - _MOST_PROPOSALS:,} more; 'kg review' walks through all of them")
    told: set[str] = set()
    for candidate in proposed:
        new, known = candidate.one, candidate.other
        if not any(new.startswith(f"{iri}/") for iri in result.texts):
            new, known = known, new
        if new in told or len(told) == _MOST_PROPOSALS:
            continue
        told.add(new)
        label = candidate.labels[0 if known == candidate.one else 1]
        click.echo(f"may be about {short(known)} ({label}), score {candidate.score}: {'; '.join(candidate.reasons)}")
        click.echo(f"  kg link accept {short(known)} {short(new)}")
    if len(proposed) > len(told):
        click.echo(f"… and {len(proposed) - len(told):,} more proposals: kg link --kind incident --least 40")


@click.command(cls=Command)
@workspace_option
@click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))
@format_option
def validate(path: Path | None, output: str) -> None:
    """Check report files, an RDF file, or (without PATH) the whole graph against shapes and checks.

    \b
    Example: kg validate my-report.yaml
    Example: kg validate
    """
    from dataclasses import asdict

    from kg.cli.output import echo_json, echo_table
    from kg.validation import validate_graph, validate_path

    if path is not None:
        found = validate_path(path)
    else:
        workspace = open_workspace()
        with workspace.open_store() as store:
            found = validate_graph(store, workspace.source_text)
    if output == "json":
        echo_json([asdict(f) for f in found])
    elif found:
        echo_table(("severity", "rule", "record", "value"), [(f.severity, f.rule, f.record, f.value) for f in found])
    else:
        click.echo("no faults found")
    if any(f.severity == "error" for f in found):
        sys.exit(3 if path is not None else 1)


@click.command(cls=Command)
@workspace_option
@format_option
def status(output: str) -> None:
    """Show what is in the workspace.

    \b
    Example: kg status
    """
    from kg.cli.output import echo_json, echo_table

    workspace = open_workspace()
    entries = workspace.catalogue()
    with workspace.open_store() as store:
        quads = len(store)
    dated = sorted(e.published for e in entries if e.published)
    told = {
        "workspace": str(workspace.folder),
        "base": workspace.addresses.base,
        "reports": sum("/id/report/" in e.graph for e in entries),
        "reference files": sum("/id/reference/" in e.graph for e in entries),
        "undated reports": sum("/id/report/" in e.graph and not e.published for e in entries),
        "first published": dated[0][:10] if dated else None,
        "last published": dated[-1][:10] if dated else None,
        "saved results": len(workspace.results()) or None,
        "quads": quads,
        "generation": workspace.index.generations.current,
        "formats": ", ".join(sorted({e.format for e in entries})),
    }
    if output == "json":
        echo_json(told)
    else:
        echo_table(("what", "value"), [(k, f"{v:,}" if isinstance(v, int) else v) for k, v in told.items() if v is not None])


@click.command(cls=Command)
@workspace_option
def rebuild() -> None:
    """Make the store anew from the files; the graph is the same, to the byte.

    \b
    Example: kg rebuild
    """
    result = open_workspace().rebuild(progress())
    click.echo(f"rebuilt {result.total('new'):,} reports, {result.total('quads'):,} quads")
    for reject in result.rejects:
        click.echo(f"put aside: {reject.file}: {reject.record}: {reject.reason}", err=True)
    if result.rejects:
        sys.exit(1)


@click.command(cls=Command)
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file instead of the terminal.")
def schema(out: Path | None) -> None:
    """Print the JSON Schema of reports, so that editors complete and check them.

    \b
    Example: kg schema --out report.schema.json
    """
    import json

    from kg.readers.schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if out is None:
        click.echo(text, nl=False)
    else:
        save(out, text)


@click.command(cls=Command)
@workspace_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write the workspace's files into one archive, whoever writes meanwhile.

    \b
    Example: kg backup graph-backup.tar.gz
    """
    from kg.backup import backup as back_up

    made = back_up(open_workspace(), file)
    click.echo(f"{made.files:,} files ({made.size:,} bytes) are in {file}")


@click.command(cls=Command)
@workspace_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("folder", type=click.Path(path_type=Path), required=False)
def restore(file: Path, folder: Path | None) -> None:
    """Make the workspace of a backup anew in FOLDER (new or empty), and build its store.

    \b
    Example: kg restore graph-backup.tar.gz restored
    """
    from kg.backup import restore as bring_back

    named = named_workspace()
    target = folder or (Path(named) if named else None)
    if target is None:
        raise click.UsageError("say where to: kg restore FILE FOLDER")
    workspace, result = bring_back(file, target)
    click.echo(f"{result.total('new'):,} reports are in {workspace.folder}")
    for reject in result.rejects:
        click.echo(f"put aside: {reject.file}: {reject.record}: {reject.reason}", err=True)
    if result.rejects:
        sys.exit(1)
