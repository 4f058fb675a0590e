"""Commands that ask the graph and walk it."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.common import DAY, Command, as_of_option, format_option, open_workspace, read, thing_of, utf8, workspace_option

if TYPE_CHECKING:
    from kg.identity.iris import Addresses
    from kg.store.base import QuadStore


@click.command(cls=Command)
@workspace_option
@as_of_option
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
def query(what: str | None, text: str | None, param: tuple[str, ...], output: str, timeout: float, limit: int, as_of: date | None) -> None:
    """Ask a saved question, a file, or your own SPARQL. Read-only; known prefixes need no declaration.

    \b
    Example: kg query CQ10
    Example: kg query CQ10 --as-of 2024-02-01
    Example: kg query CQ28 --param supplier=org:microsoft --format csv
    Example: kg query -e 'SELECT ?actor ?party { ?actor ikg:targeted ?party }'
    """
    from kg.cli.output import write_answer
    from kg.queries import bind, find_query, term
    from kg.stopping import time_limit

    if (what is None) == (text is None):
        raise click.UsageError("give a saved question, a .rq file, or a query with -e")
    workspace = open_workspace()
    bindings, asked = {}, ""
    for one in param:
        name, equals, value = utf8(one).partition("=")
        if not equals:
            raise click.UsageError(f"--param is name=value, not {one!r}")
        bindings[name.lstrip("?$")] = term(value, workspace.addresses)
    if what is not None and "{" in what:
        raise click.UsageError("this looks like a query, not like the name of one: put -e before it")
    if what is not None and (what.endswith(".rq") or os.path.isfile(what)):
        text = read(Path(what))
    elif what is not None:
        saved = find_query(what)
        for parameter in saved.parameters:
            if parameter.name not in bindings and parameter.default:
                bindings[parameter.name] = term(parameter.default, workspace.addresses)
                asked = f" for {parameter.name}={parameter.default}; '--param {parameter.name}=…' asks about another"
        text, bindings = saved.text, bind(saved, bindings)
    assert text is not None
    utf8(text)
    with time_limit(timeout):
        store = workspace.open_store(as_of)
        write_answer(store.query(text, bindings), output, workspace.addresses, limit or None, asked)


@click.command(cls=Command)
@format_option
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


@click.command(cls=Command)
@workspace_option
@as_of_option
@click.argument("text", nargs=-1, required=True)
@click.option("--kind", multiple=True, help="Only things of this kind (ThreatActor, Organization, Incident, …).")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most things to show.")
@format_option
def search(text: tuple[str, ...], kind: tuple[str, ...], limit: int, output: str, as_of: date | None) -> None:
    """Find things by name, alias or identifier; typing errors are forgiven.

    \b
    Example: kg search midnight blizard
    """
    from kg.cli.output import echo_json, echo_table
    from kg.model.base import clean_label

    workspace = open_workspace()
    hits = workspace.names(as_of).search(clean_label(" ".join(text)), set(kind) or None, limit)
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


@click.command(cls=Command)
@workspace_option
@as_of_option
@click.argument("names", nargs=-1)
@click.option("--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file with one name a line.")
@click.option("--format", "output", type=click.Choice(["table", "tsv", "json"]), default="table", show_default=True, help="How to print.")
def resolve(names: tuple[str, ...], file: Path | None, output: str, as_of: date | None) -> None:
    """Say whom a name means, and why: several answers for an ambiguous name, none for an unknown one.

    \b
    Example: kg resolve 'Cozy Bear' 'Grizzly Steppe'
    """
    from kg.cli.output import echo_json, echo_table
    from kg.resolver import resolve as resolve_name

    wanted = [*names, *(line.strip() for line in read(file).splitlines() if line.strip())] if file else list(names)
    if not wanted:
        raise click.UsageError("give a name, or a file of names with --file")
    workspace = open_workspace()
    with workspace.open_store(as_of) as store, workspace.names(as_of) as index:
        found = [meaning for name in wanted for meaning in resolve_name(name, index, store, workspace.addresses)]
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


@click.command(cls=Command)
@workspace_option
@as_of_option
@click.argument("thing")
@format_option
def show(thing: str, output: str, as_of: date | None) -> None:
    """Show a thing: facts, edges, and the claims behind them with their words.

    \b
    Example: kg show 'Midnight Blizzard'
    Example: kg show incident:microsoft-corporate-email-2023
    """
    from dataclasses import asdict

    from kg.cli.output import echo_json
    from kg.cli.telling import print_dossier
    from kg.story import Story

    workspace = open_workspace()
    with workspace.open_store(as_of) as store:
        dossier = Story(store, workspace.addresses).tell(thing_of(workspace, thing, store, as_of))
    if output == "json":
        echo_json(asdict(dossier))
    else:
        print_dossier(dossier, workspace.addresses)


@click.command(cls=Command)
@workspace_option
@as_of_option
@click.argument("incident")
@format_option
def timeline(incident: str, output: str, as_of: date | None) -> None:
    """Show the disclosure timeline of an incident: what each report added, corrected, contradicted, withdrew, in order.

    What it repeated is a number here; --format json gives every claim with the earlier ones that it relates to.

    \b
    Example: kg timeline incident:microsoft-corporate-email-2023
    """
    from dataclasses import asdict

    from kg.cli.output import echo_json
    from kg.cli.telling import print_timeline
    from kg.disclosure import disclosures

    workspace = open_workspace()
    with workspace.open_store(as_of) as store:
        told = disclosures(store, workspace.addresses, thing_of(workspace, incident, store, as_of))
    if output == "json":
        echo_json([asdict(d) for d in told])
    elif told:
        print_timeline(told)
    else:
        click.echo("no report tells of this; is it an incident?")


@click.command(cls=Command)
@workspace_option
@click.argument("incident")
@click.option("--from", "first", type=DAY, required=True, metavar="DATE", help="What was known at the end of this day …")
@click.option("--to", "then", type=DAY, required=True, metavar="DATE", help="… against what was known at the end of this one.")
@format_option
def diff(incident: str, first: date, then: date, output: str) -> None:
    """Show what became known about an incident between two days: + added, - removed, ~ changed, with who says so.

    \b
    Example: kg diff incident:microsoft-corporate-email-2023 --from 2024-06-26 --to 2024-07-03
    """
    from kg.story import Story

    workspace = open_workspace()
    with workspace.open_store() as store:
        story = Story(store, workspace.addresses)
        identities = story.identities(story.node(thing_of(workspace, incident, store)))
    with workspace.open_store(as_of=first) as before, workspace.open_store(as_of=then) as after:
        # what stands for the incident today may have been unknown then
        iri = next((i for i in identities if any(True for s in (after, before) for _ in s.match(object=i))), identities[0]).value
        tell_diff(iri, before, after, workspace.addresses, output)


def tell_diff(incident: str, before: QuadStore, after: QuadStore, addresses: Addresses, output: str) -> None:
    """Print what changed about an incident (its IRI) from one store to another, as lines or as JSON."""
    from kg.cli.output import echo_json
    from kg.cli.telling import diff_as_json, print_diff
    from kg.disclosure import diff_between
    from kg.story import Story

    change = diff_between(before, after, addresses, incident)
    stories = Story(before, addresses), Story(after, addresses)
    if output == "json":
        echo_json(diff_as_json(change, *stories))
    elif change:
        print_diff(change, *stories)
    else:
        click.echo("nothing changed in what is stated about this")
