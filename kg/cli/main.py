"""``kg``: from reports to a graph to answers. Each command calls one public function of the library.

Exit codes: 0 all went well; 1 done, with something put aside; 2 wrong use; 3 not done; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kg.errors import KgError

if TYPE_CHECKING:
    from kg.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


class _Command(click.Command):
    """A command that takes --debug after its name as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(click.Option(["--debug"], is_flag=True, expose_value=False, hidden=True))


class _Group(click.Group):
    command_class = _Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is not None and param.name:
        ctx.find_root().ensure_object(dict)[param.name] = value
    return value


def _workspace_option(command: F) -> F:
    return click.option(
        "--workspace",
        "-w",
        metavar="DIR",
        expose_value=False,
        callback=_remember,
        help="The workspace folder (else $KG_WORKSPACE, or here and above).",
    )(command)


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    from importlib.metadata import PackageNotFoundError, version

    if value:
        try:
            click.echo(f"kg, version {version('incident-kg')}")
        except PackageNotFoundError:
            click.echo("kg, version unknown: run from a checkout that is not installed")
        ctx.exit()


def _format_option(command: F) -> F:
    return click.option(
        "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to print."
    )(command)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@_workspace_option
@click.option("--debug", is_flag=True, help="Show the whole error with its traceback.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """A knowledge graph of threat actors, victims and incidents. Start with: kg demo"""
    ctx.ensure_object(dict)["debug"] = debug


def _save(file: Path, text: str) -> None:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise click.UsageError(f"cannot write {file}: {error.strerror}") from None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8 text (byte {error.start})") from None


def _utf8(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise click.UsageError(f"not UTF-8 text: {ascii(text)[:80]}") from None
    return text


def _open() -> Workspace:
    from kg.workspace import Workspace, find_workspace

    named = click.get_current_context().find_root().ensure_object(dict).get("workspace")
    return Workspace(Path(named) if named else find_workspace())


@cli.command()
@_workspace_option
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--base", metavar="IRI", help="Base address of all instances.")
def init(folder: Path, base: str | None) -> None:
    """Make an empty workspace.

    \b
    Example: kg init my-graph
    """
    from kg.vocabulary import BASE
    from kg.workspace import create_workspace

    named = click.get_current_context().find_root().ensure_object(dict).get("workspace")
    made = create_workspace(Path(named) if named else folder, base or BASE)
    with made.writing():
        pass
    click.echo(f"an empty workspace is in {made.folder}; take in reports with 'kg ingest PATH…'")


@cli.command()
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
        _save(out, text)
        click.echo(f"{out} is ready to be filled in; 'kg validate {out}' checks it")


@cli.command()
@_workspace_option
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--format", "format_", metavar="NAME", help="Format of the files (yaml, veris); guessed from the content unless given.")
@click.option("--output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to print.")
def ingest(paths: tuple[str, ...], format_: str | None, output: str) -> None:
    """Take files and folders into the graph ('-' reads standard input).

    Twice the same is a no-op; a corrected report replaces itself. What cannot be read is named and put aside.

    \b
    Example: kg ingest reports/ vcdb.jsonl.gz
    """
    import tempfile

    workspace = _open()
    with tempfile.TemporaryDirectory() as spool:
        result = workspace.ingest([_spooled(p, Path(spool)) for p in paths], format_, _progress())
    rows = [f for f in result.files if f.records]
    if output == "json":
        from dataclasses import asdict

        from kg.cli.output import echo_json

        echo_json({"files": [asdict(f) for f in rows], "rejects": [asdict(r) for r in result.rejects]})
    else:
        _print_ingest(result, rows)
    if result.rejects:
        sys.exit(1)


def _print_ingest(result: Any, rows: list[Any]) -> None:
    from kg.cli.output import echo_table

    columns = ("new", "changed", "unchanged", "rejected", "quads")
    if len(rows) > 30:
        folders: dict[str, list[Any]] = {}
        for row in rows:
            folders.setdefault(str(Path(row.file).parent), []).append(row)
        table = [
            (
                f"{name}/ ({len(f)} files)",
                ", ".join(sorted({r.format for r in f if r.format})),
                *(sum(getattr(r, c) for r in f) for c in columns),
            )
            for name, f in folders.items()
        ]
    else:
        table = [(row.file, row.format, *(getattr(row, c) for c in columns)) for row in rows]
    if len(table) > 1:
        table.append(("all", "", *(result.total(c) for c in columns)))
    echo_table(("file", "format", *columns), table)
    for reject in result.rejects:
        for line in reject.reason.splitlines():
            click.echo(f"put aside: {line if line.startswith(reject.file) else f'{reject.file}: {reject.record}: {line}'}", err=True)
    if result.changed_nothing and not result.rejects:
        click.echo("nothing changed: all of this was in the graph already")


def _spooled(path: str, spool: Path) -> Path:
    if path != "-":
        return Path(path)
    import shutil

    target = spool / "standard-input"
    with target.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out)
    return target


def _progress() -> Callable[[str, int], None] | None:
    """A line on the terminal's error stream that counts records; nothing in a pipe."""
    if not sys.stderr.isatty():
        return None

    def tell(file: str, number: int) -> None:
        click.echo(f"\r{file}: {number:,} records ", err=True, nl=False)

    return tell


@cli.command()
@_workspace_option
@click.argument("what", required=False, metavar="NAME|FILE.rq")
@click.option("-e", "text", metavar="SPARQL", help="The query itself.")
@click.option("--param", "-p", multiple=True, metavar="K=V", help="Bind a variable: --param supplier=org:microsoft")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "csv", "tsv", "json", "xml", "ttl"]),
    default="table",
    show_default=True,
    help="How to print.",
)
@click.option("--timeout", type=click.FloatRange(min=0), default=60, show_default=True, metavar="SECONDS", help="Stop after so long.")
@click.option("--limit", type=click.IntRange(min=0), default=1000, show_default=True, help="Most rows to print; 0: all.")
def query(what: str | None, text: str | None, param: tuple[str, ...], output: str, timeout: float, limit: int) -> None:
    """Ask a saved question, a file, or your own SPARQL. Read-only; known prefixes need no declaration.

    \b
    Example: kg query CQ10
    Example: kg query CQ28 --param supplier=org:microsoft --format csv
    Example: kg query -e 'SELECT ?actor ?party { ?actor ikg:targeted ?party }'
    """
    from kg.cli.output import write_answer
    from kg.queries import bind, find_query, term
    from kg.stopping import time_limit

    if (what is None) == (text is None):
        raise click.UsageError("give a saved question, a .rq file, or a query with -e")
    workspace = _open()
    bindings = {}
    for one in param:
        name, equals, value = _utf8(one).partition("=")
        if not equals:
            raise click.UsageError(f"--param is name=value, not {one!r}")
        bindings[name.lstrip("?$")] = term(value, workspace.addresses)
    if what is not None and "{" in what:
        raise click.UsageError("this looks like a query, not like the name of one: put -e before it")
    if what is not None and (what.endswith(".rq") or os.path.isfile(what)):
        text = _read(Path(what))
    elif what is not None:
        saved = find_query(what)
        for parameter in saved.parameters:
            if parameter.name not in bindings and parameter.default:
                bindings[parameter.name] = term(parameter.default, workspace.addresses)
        text, bindings = saved.text, bind(saved, bindings)
    assert text is not None
    _utf8(text)
    with time_limit(timeout):
        store = workspace.open_store()
        write_answer(store.query(text, bindings), output, workspace.addresses, limit or None)


@cli.command()
@_format_option
def queries(output: str) -> None:
    """List the saved questions.

    \b
    Example: kg queries
    """
    from kg.cli.output import echo_json, echo_table
    from kg.queries import load_queries

    found = load_queries().values()
    if output == "json":
        echo_json(
            [
                {
                    "id": q.id,
                    "name": q.name,
                    "title": q.title,
                    "columns": q.columns,
                    "parameters": [p.name for p in q.parameters],
                    "needs": q.needs,
                }
                for q in found
            ]
        )
    else:
        echo_table(("id", "question", "parameters"), [(q.id, q.title, ", ".join(p.name for p in q.parameters)) for q in found])


@cli.command()
@_workspace_option
@click.argument("text", nargs=-1, required=True)
@click.option("--kind", multiple=True, help="Only things of this kind (ThreatActor, Organization, Incident, …).")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most things to show.")
@_format_option
def search(text: tuple[str, ...], kind: tuple[str, ...], limit: int, output: str) -> None:
    """Find things by name, alias or identifier; typing errors are forgiven.

    \b
    Example: kg search midnight blizard
    """
    from kg.cli.output import echo_json, echo_table
    from kg.model.base import clean_label

    workspace = _open()
    hits = workspace.names().search(clean_label(" ".join(text)), set(kind) or None, limit)
    if output == "json":
        from dataclasses import asdict

        echo_json([asdict(hit) for hit in hits])
    elif hits:
        echo_table(
            ("thing", "name", "kind", "found by", "match"),
            [(workspace.addresses.shorten(h.iri), h.label, h.kind, h.name, h.match) for h in hits],
        )
    else:
        click.echo("nothing found")


@cli.command()
@_workspace_option
@click.argument("names", nargs=-1)
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with one name a line.")
@click.option("--format", "output", type=click.Choice(["table", "tsv", "json"]), default="table", show_default=True, help="How to print.")
def resolve(names: tuple[str, ...], file: Path | None, output: str) -> None:
    """Say whom a name means, and why: several answers for an ambiguous name, none for an unknown one.

    \b
    Example: kg resolve 'Cozy Bear' 'Grizzly Steppe'
    """
    from kg.cli.output import echo_json, echo_table
    from kg.resolver import resolve as resolve_name

    wanted = [*names, *(line.strip() for line in _read(file).splitlines() if line.strip())] if file else list(names)
    if not wanted:
        raise click.UsageError("give a name, or a file of names with --file")
    workspace = _open()
    with workspace.open_store() as store:
        found = [meaning for name in wanted for meaning in resolve_name(name, workspace.names(), store, workspace.addresses)]
    if output == "json":
        from dataclasses import asdict

        echo_json([asdict(m) for m in found])
    elif output == "tsv":
        for meaning in found:
            click.echo(f"{meaning.name}\t{meaning.iri}")
    elif found:
        rows = [(m.name, workspace.addresses.shorten(m.iri), m.label, m.kind, m.why) for m in found]
        echo_table(("name", "thing", "known as", "kind", "why"), rows)
    else:
        click.echo("no thing of that name")


def _thing(workspace: Workspace, text: str, store: Any) -> str:
    from kg.resolver import one_thing

    return one_thing(text, workspace.names(), store, workspace.addresses)


@cli.command()
@_workspace_option
@click.argument("thing")
@_format_option
def show(thing: str, output: str) -> None:
    """Show a thing: facts, edges, and the claims behind them with their words.

    \b
    Example: kg show 'Midnight Blizzard'
    Example: kg show incident:microsoft-corporate-email-2023
    """
    from dataclasses import asdict

    from kg.cli.output import echo_json
    from kg.cli.telling import print_dossier
    from kg.story import Story

    workspace = _open()
    with workspace.open_store() as store:
        dossier = Story(store, workspace.addresses).tell(_thing(workspace, thing, store))
    if output == "json":
        echo_json(asdict(dossier))
    else:
        print_dossier(dossier, workspace.addresses)


@cli.command()
@_workspace_option
@click.argument("incident")
@_format_option
def timeline(incident: str, output: str) -> None:
    """Show the disclosure timeline of an incident: which report said what, in order.

    \b
    Example: kg timeline incident:microsoft-corporate-email-2023
    """
    from dataclasses import asdict

    from kg.cli.output import echo_json
    from kg.cli.telling import print_timeline
    from kg.story import Story

    workspace = _open()
    with workspace.open_store() as store:
        told = Story(store, workspace.addresses).timeline(_thing(workspace, incident, store))
    if output == "json":
        echo_json([asdict(d) for d in told])
    elif told:
        print_timeline(told)
    else:
        click.echo("no report tells of this; is it an incident?")


@cli.command()
@_workspace_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", metavar="NAME", help="turtle, trig, ntriples, nquads, jsonld or rdfxml; guessed from the file's ending."
)
@click.option("--about", "thing", metavar="THING", help="Only what the graph says about one thing.")
def export(file: Path, format_: str | None, thing: str | None) -> None:
    """Write the graph, or what it says about one thing, to a file ('-' is standard output).

    \b
    Example: kg export graph.ttl
    Example: kg export va.ttl --about 'Department of Veterans Affairs'
    """
    from pyoxigraph import NamedNode

    from kg.export import rdf

    workspace = _open()
    chosen = rdf.format_of(file, format_ or ("turtle" if str(file) == "-" else None))
    with workspace.open_store() as store:
        if thing:
            from kg.story import Story

            quads = [
                q
                for i in Story(store, workspace.addresses).identities(NamedNode(_thing(workspace, thing, store)))
                for q in rdf.about(store, i)
            ]
        else:
            quads = list(rdf.whole(store))
        if str(file) == "-":
            rdf.write(quads, chosen, sys.stdout.buffer, workspace.addresses)
            return
        if file.is_dir():
            raise click.UsageError(f"cannot write {file}: it is a folder")
        part = file.with_name(file.name + ".part")
        try:
            with part.open("wb") as out:
                count = rdf.write(quads, chosen, out, workspace.addresses)
            part.replace(file)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise click.UsageError(f"cannot write {file}: {error.strerror}") from None
    click.echo(f"{count:,} statements written to {file} ({chosen})")


@cli.command()
@_workspace_option
@click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))
@_format_option
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
        workspace = _open()
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


@cli.command()
@_workspace_option
@_format_option
def status(output: str) -> None:
    """Show what is in the workspace.

    \b
    Example: kg status
    """
    from kg.cli.output import echo_json, echo_table

    workspace = _open()
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
        "quads": quads,
        "generation": workspace.generations.current,
        "formats": ", ".join(sorted({e.format for e in entries})),
    }
    if output == "json":
        echo_json(told)
    else:
        echo_table(("what", "value"), [(k, f"{v:,}" if isinstance(v, int) else v) for k, v in told.items() if v is not None])


@cli.command()
@_workspace_option
def rebuild() -> None:
    """Make the store anew from the files; the graph is the same, to the byte.

    \b
    Example: kg rebuild
    """
    result = _open().rebuild(_progress())
    click.echo(f"rebuilt {result.total('new'):,} reports, {result.total('quads'):,} quads")
    for reject in result.rejects:
        click.echo(f"put aside: {reject.file}: {reject.record}: {reject.reason}", err=True)
    if result.rejects:
        sys.exit(1)


@cli.command()
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
        _save(out, text)


@cli.command()
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default="demo", show_default=True, help="Where to make the demo workspace."
)
def demo(folder: Path) -> None:
    """Build a workspace from the bundled data and tell the first case, start to end.

    \b
    Example: kg demo
    """
    from kg.cli.demo import run_demo

    mark = folder / "made-by-kg-demo"
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f"{folder} is no folder")
    if (folder / "workspace.json").is_file():
        from kg.workspace import Workspace

        fed = sum(entry["what"] == "ingest" for entry in Workspace(folder).journal())
        if not mark.exists() or fed > 1:
            raise click.UsageError(f"{folder} is a workspace that holds more than the demo; choose another folder with --dir")
    try:
        run_demo(folder)
    finally:
        if (folder / "workspace.json").is_file():
            mark.touch()


@cli.command()
@_workspace_option
@click.option("--port", type=int, default=8501, show_default=True)
def app(port: int) -> None:
    """Open the Streamlit app over the workspace (on this machine only).

    \b
    Example: kg app
    """
    import subprocess

    environment = {**os.environ, "KG_WORKSPACE": str(_open().folder), "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(Path(__file__).parent.parent / "app" / "page.py"),
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
    ]
    sys.exit(subprocess.call([*command, "--server.headless", "true", "--browser.gatherUsageStats", "false"], env=environment))


def main() -> None:
    """Run ``kg`` and turn errors into one line and an exit code."""
    debug = "--debug" in sys.argv
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except KgError as error:
        if debug:
            traceback.print_exc()
        click.echo(f"kg: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if debug:
            traceback.print_exc()
        click.echo(f"kg: something unexpected went wrong ({type(error).__name__}: {error}); --debug shows where", err=True)
        sys.exit(3)


if __name__ == "__main__":
    main()
