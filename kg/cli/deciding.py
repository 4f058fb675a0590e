"""Commands of decisions: who is who, and what is left out of the graph."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from kg.cli.common import DAY, Command, F, Group, author_option, format_option, open_workspace, progress, thing_of, workspace_option

if TYPE_CHECKING:
    from kg.workspace import Workspace


@click.group(cls=Group, invoke_without_command=True)
@workspace_option
@click.option("--about", metavar="THING", help="Only what may be one with this thing.")
@click.option("--kind", type=click.Choice(["incident", "actor", "organization"]), help="Only identities of this kind.")
@click.option("--least", type=click.IntRange(0, 100), default=50, show_default=True, help="Lowest score to show.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most proposals to show.")
@format_option
@click.pass_context
def link(ctx: click.Context, about: str | None, kind: str | None, least: int, limit: int, output: str) -> None:
    """List identities that may be one, the most valuable first; accept, reject or undo a link.

    A decision has an author and a date, stays in the workspace's journal, and is a claim in the graph as long as it stands.
    What was rejected is not proposed again.

    \b
    Example: kg link --kind incident
    Example: kg link accept incident:a incident:b --by 'Ada Lovelace'
    Example: kg link decisions
    """
    if ctx.invoked_subcommand is not None:
        return
    from dataclasses import asdict

    from kg.cli.output import echo_json, echo_table
    from kg.matching import all_candidates, candidates_for

    workspace = open_workspace()
    with workspace.open_store() as store, workspace.names() as names:
        if about:
            found = candidates_for([thing_of(workspace, about, store)], store, names, workspace.addresses)
        else:
            told = progress()
            found = all_candidates(store, names, workspace.addresses, told and (lambda done, of: told(f"of {of:,} things", done)))
    chosen = [c for c in found if c.score >= least and kind in (None, c.kind)]
    if output == "json":
        echo_json([asdict(c) for c in chosen[:limit]])
        return
    if not chosen:
        click.echo("nothing is proposed")
        return
    short = workspace.addresses.shorten
    echo_table(
        ("score", "one", "other", "because"),
        [(c.score, f"{short(c.one)} ({c.labels[0]})", f"{short(c.other)} ({c.labels[1]})", "; ".join(c.reasons)) for c in chosen[:limit]],
    )
    if len(chosen) > limit:
        click.echo(f"… and {len(chosen) - limit:,} more; --limit shows them")


def _pair(workspace: Workspace, one: str, other: str) -> tuple[str, str]:
    """The IRIs of two identities. A thing that was joined is meant by its own address."""
    addresses = workspace.addresses
    with workspace.open_store() as store:
        a, b = (
            text if text.startswith(addresses.root) else addresses.expand(text) or thing_of(workspace, text, store) for text in (one, other)
        )
    return a, b


def _decision_options(command: F) -> F:
    for add in (
        click.option("--note", default="", help="Why."),
        click.option("--on", type=DAY, metavar="DATE", help="The day of the decision, today unless given."),
        author_option,
        click.argument("other"),
        click.argument("one"),
    ):
        command = add(command)
    return command


@link.command(cls=Command)
@workspace_option
@_decision_options
def accept(one: str, other: str, by: str, on: date | None, note: str) -> None:
    """Decide that two identities are the same.

    \b
    Example: kg link accept incident:a incident:b --note 'same victim, same week'
    """
    _decide(one, other, "same", by, on, note)


@link.command(cls=Command)
@workspace_option
@_decision_options
def reject(one: str, other: str, by: str, on: date | None, note: str) -> None:
    """Decide that two identities are different; they are not proposed again.

    \b
    Example: kg link reject incident:a incident:b --note 'different victims'
    """
    _decide(one, other, "different", by, on, note)


def _decide(one: str, other: str, verdict: str, by: str, on: date | None, note: str) -> None:
    from kg.vocabulary import SamenessKind

    workspace = open_workspace()
    decision = workspace.link(*_pair(workspace, one, other), SamenessKind(verdict), by, on, note)
    short = workspace.addresses.shorten
    click.echo(f"{short(decision.one)} and {short(decision.other)} are {verdict} ({decision.by}, {decision.on})")


@link.command(cls=Command)
@workspace_option
@click.argument("one")
@click.argument("other")
@author_option
def undo(one: str, other: str, by: str) -> None:
    """Take a decision back; the graph is as if it had never been made.

    \b
    Example: kg link undo incident:a incident:b
    """
    workspace = open_workspace()
    decision = workspace.unlink(*_pair(workspace, one, other), by)
    short = workspace.addresses.shorten
    click.echo(f"{short(decision.one)} and {short(decision.other)}: “{decision.verdict}” by {decision.by} was taken back")


@link.command(cls=Command)
@workspace_option
@format_option
def decisions(output: str) -> None:
    """List the decisions that stand.

    \b
    Example: kg link decisions
    """
    from dataclasses import asdict

    from kg.cli.output import echo_json, echo_table

    workspace = open_workspace()
    found = workspace.decisions()
    if output == "json":
        echo_json([{**asdict(d), "on": d.on.isoformat()} for d in found])
    elif found:
        short = workspace.addresses.shorten
        echo_table(
            ("one", "other", "verdict", "by", "on", "note"), [(short(d.one), short(d.other), d.verdict, d.by, d.on, d.note) for d in found]
        )
    else:
        click.echo("no decision stands")


@click.command(cls=Command)
@workspace_option
@click.argument("report", required=False)
@click.option("--undo", is_flag=True, help="Let it in again.")
@click.option("--reason", default="", help="Why.")
@author_option
@format_option
def retract(report: str | None, undo: bool, reason: str, by: str, output: str) -> None:
    """Take a report out of the graph with everything that rests on it alone, or list what is out.

    Its file stays, the journal remembers, and fed again it stays out until --undo.

    \b
    Example: kg retract webpronews-source-code-2024-03-08 --reason 'the headline was wrong'
    Example: kg retract --undo webpronews-source-code-2024-03-08
    """
    from dataclasses import asdict

    from kg.cli.output import echo_json, echo_table

    workspace = open_workspace()
    if report is None and undo:
        raise click.UsageError("say what to let in again; 'kg retract' lists what is out")
    if report is None:
        out = sorted(workspace.journal.left_out().values(), key=lambda o: o.what)
        if output == "json":
            echo_json([asdict(o) for o in out])
        elif out:
            rows = [(workspace.addresses.shorten(o.what), o.how, o.by, o.when[:10], o.reason) for o in out]
            echo_table(("what", "how", "by", "when", "reason"), rows)
        else:
            click.echo("nothing is left out")
    elif undo:
        what = workspace.take_back(report, by)
        click.echo(f"{workspace.addresses.shorten(what)} is let in again")
    else:
        entry = workspace.retract(report, by, reason)
        click.echo(
            f"{entry.id} ({entry.title}) and what rested on it alone are out of the graph; 'kg retract --undo {entry.id}' brings it back"
        )


@click.command(cls=Command)
@workspace_option
@click.argument("source")
@click.option("--reason", default="", help="Why.")
@author_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(source: str, reason: str, by: str, yes: bool) -> None:
    """Remove a source's bytes, every report that came from it, and what rested on them. There is no way back.

    SOURCE is a report's id (its whole source goes), or the name or hash of a stored file.

    \b
    Example: kg purge microsoft-8k-2024-01-19 --reason 'licence ended' --yes
    """
    workspace = open_workspace()
    if not yes:
        click.confirm(f"Remove {source} and everything that came from it for good?", abort=True)
    gone = workspace.purge(source, by, reason)
    click.echo(f"{len(gone):,} report{'s' if len(gone) != 1 else ''} and the bytes that they came from are gone")
