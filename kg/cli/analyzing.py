"""``kg analyze``: the commands are made from the signatures of the analyses in :mod:`kg.analysis.registry`."""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import click

from kg.cli.common import DAY, Command, Group, as_of_option, me, open_workspace, utf8, workspace_option

if TYPE_CHECKING:
    from kg.analysis.registry import Listed
    from kg.analysis.result import Analysis
    from kg.identity.iris import Addresses


class _Analyses(Group):
    """The subcommands are the analyses; each is made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from kg.analysis.registry import ANALYSES

        return list(ANALYSES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from kg.analysis.registry import find_analysis

        return _command(find_analysis(cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from kg.analysis.registry import ANALYSES

        with formatter.section("Analyses"):
            formatter.write_dl(list(ANALYSES.items()))


@click.group(cls=_Analyses, invoke_without_command=True)
@workspace_option
@click.option("--saved", is_flag=True, help="List the results that were saved, and whether they are stale.")
@click.option("--renew", metavar="NAME|all", help="Calculate a saved result again, or all that are stale.")
@click.option("--delete", metavar="NAME", help="Delete a saved result.")
@click.pass_context
def analyze(ctx: click.Context, saved: bool, renew: str | None, delete: str | None) -> None:
    """Say what the graph knows that no report says. Without a name it lists the analyses.

    \b
    Example: kg analyze
    Example: kg analyze centrality --as-of 2024-06-29
    Example: kg analyze centrality --format csv
    Example: kg analyze centrality --save
    Example: kg analyze --saved
    """
    if ctx.invoked_subcommand is not None:
        if saved or renew or delete:
            raise click.UsageError("--saved, --renew and --delete stand alone, without an analysis")
        return
    if sum((saved, bool(renew), bool(delete))) > 1:
        raise click.UsageError("one of --saved, --renew and --delete at a time")
    if delete:
        gone = open_workspace().delete_result(utf8(delete), me())
        click.echo(f"{gone.name} is deleted")
    elif renew:
        _renew(utf8(renew))
    elif saved:
        _list_saved()
    else:
        from kg.analysis.registry import ANALYSES
        from kg.cli.output import echo_table

        echo_table(("analysis", "what it tells"), ANALYSES.items())


def _list_saved() -> None:
    from kg.cli.output import echo_table

    found = open_workspace().results()
    if not found:
        click.echo("no result is saved; kg analyze NAME --save keeps one")
        return
    rows = []
    for one, stale in found:
        asked = {**one.result["parameters"], **one.result["inputs"]["filters"]}
        said = ", ".join(f"{name}={value}" for name, value in asked.items() if value not in (None, "", []))
        rows.append((one.name, one.analysis, one.as_of or "", said, len(one.result["rows"]), "stale" if stale else "fresh"))
    echo_table(("name", "analysis", "as of", "asked", "rows", "state"), rows)


def _renew(name: str) -> None:
    from kg.analysis.saving import renew_result

    workspace = open_workspace()
    names = [one.name for one, stale in workspace.results() if stale] if name == "all" else [name]
    for one in names:
        renew_result(workspace, one, me())
        click.echo(f"{one} is calculated anew")
    if not names:
        click.echo("every saved result is fresh")


def _command(listed: Listed) -> click.Command:
    from kg.analysis.signature import asked_by

    asked = asked_by(listed.function)

    def run(**given: Any) -> None:
        _run(listed, {one.name: given.pop(one.name) for one in asked}, **given)

    params: list[click.Parameter] = []
    for one in asked:
        kind, multiple = _type(one.type)
        if one.positional:
            nargs = -1 if multiple else 1
            default = {} if one.needed else {"default": one.default}
            params.append(click.Argument([one.name], type=kind, nargs=nargs, required=one.needed, **default))
        else:
            flag = one.type is bool
            name = f"--{one.name.replace('_', '-')}"
            params.append(
                click.Option(
                    [f"{name}/--no-{name[2:]}" if flag else name, one.name],
                    type=None if flag else kind,
                    default=one.default,
                    multiple=multiple,
                    required=one.needed,
                    show_default=one.default not in (None, (), ""),
                    help=(one.meaning[:1].upper() + one.meaning[1:] + ".") if one.meaning else None,
                )
            )
    help_ = f"{listed.title}.\n\n{_first_paragraphs(listed)}"
    command: click.Command = Command(listed.name, callback=run, params=params, help=help_)
    for add in _SHARED:
        add(command)
    return command


def _first_paragraphs(listed: Listed) -> str:
    import inspect

    text = inspect.getdoc(listed.function) or ""
    paragraphs = text.split("\n\n")[1:]
    kept = [p for p in paragraphs if not p.startswith(("Raises", ">>>"))]
    return "\n\n".join(kept) + f"\n\nMethod, limits and an example: docs/analysis/{listed.name}.md"


_SHARED: tuple[Callable[[click.Command], click.Command], ...] = (
    workspace_option,
    as_of_option,
    click.option(
        "--confidence", type=click.IntRange(0, 100), metavar="N", help="Only claims whose source stated a confidence of N or more."
    ),
    click.option("--from", "first", type=DAY, metavar="DATE", help="Only what happened on this day or later …"),
    click.option("--to", "last", type=DAY, metavar="DATE", help="… and on this day or before."),
    click.option("--marking", metavar="TLP", help="Only reports that are marked at most so (TLP:GREEN); unmarked ones count."),
    click.option(
        "--format",
        "output",
        type=click.Choice(["table", "csv", "json", "graphml"]),
        default="table",
        show_default=True,
        help="How to print.",
    ),
    click.option("--table", "table", default="", metavar="NAME", help="Which table of the result to print as a table or CSV."),
    click.option("--plot", type=click.Path(path_type=Path), metavar="FILE", help="Draw it: FILE.png, FILE.svg or FILE.html."),
    click.option("--save", is_flag=True, help="Keep the result in the graph, as a graph of its own."),
    click.option("--name", metavar="NAME", default="", help="The name to keep it under; without one it is made from what was asked."),
)
"""What every analysis can be asked for."""


def _type(hint: Any) -> tuple[Any, bool]:
    """The type that click reads a parameter as, and whether it may be given several times."""
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is tuple:
        return _type(get_args(hint)[0])[0], True
    if get_origin(hint) is Literal:
        return click.Choice(list(get_args(hint))), False
    return {date: DAY, int: click.INT, float: click.FLOAT, bool: click.BOOL}.get(hint, click.STRING), False


def _run(
    listed: Listed,
    parameters: dict[str, Any],
    output: str,
    table: str,
    plot: Path | None,
    save: bool,
    name: str,
    as_of: date | None,
    confidence: int | None,
    first: date | None,
    last: date | None,
    marking: str | None,
) -> None:
    from kg.analysis.material import Filters, marking_of, of_workspace

    for value in parameters.values():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                utf8(text)
    if plot:
        from kg.analysis.figures.files import check_ending

        check_ending(plot)
    workspace = open_workspace()
    filters = Filters(confidence, first, last, marking_of(marking) if marking else None)
    with of_workspace(workspace, as_of, filters) as material:
        found = listed.function(material, **parameters)
    _print(found, output, table, workspace.addresses)
    if plot:
        from kg.analysis.figures.files import save_figure

        save_figure(found, listed.figure, plot, workspace.addresses)
        click.echo(f"drawn to {plot}", err=True)
    if save:
        from kg.analysis.saving import save_result

        saved = save_result(workspace, found, material.state, me(), utf8(name))
        click.echo(f"saved as {saved.name}; kg analyze --delete {saved.name} takes it away", err=True)


def _print(found: Analysis[Any], output: str, table: str, addresses: Addresses) -> None:
    from kg.analysis.writing import cell_text, table_rows, to_csv, to_graphml, to_json
    from kg.cli.output import echo_table

    if output == "json":
        click.echo(to_json(found), nl=False)
    elif output == "graphml":
        click.echo(to_graphml(found), nl=False)
    elif output == "csv":
        click.echo(to_csv(found, table), nl=False)
    else:
        for one in [found.table(table)] if table else [found.table(), *found.more]:
            head, rows = table_rows(one, addresses)
            title = found.title if one.name == found.name else one.name
            echo_table(head, rows, title)
        for name, value in found.facts.items():
            click.echo(f"{name}: {cell_text(value, addresses)}")
        for note in found.notes:
            click.echo(f"note: {note}", err=True)
