"""The command that takes the graph away: ``kg export``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from kg.cli.common import Command, as_of_option, open_workspace, thing_of, workspace_option

if TYPE_CHECKING:
    from kg.vocabulary import Marking
    from kg.workspace import Workspace


class _Marking(click.ParamType[Any]):
    name = "marking"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from kg.vocabulary import Marking

        wanted = f"TLP:{str(value).strip().upper().removeprefix('TLP:')}"
        if wanted in {m.value for m in Marking}:
            return Marking(wanted)
        return self.fail(f"{value!r} is no marking; there is {', '.join(m.value for m in Marking)}", param, ctx)


@click.command(cls=Command)
@workspace_option
@as_of_option
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    metavar="NAME",
    help="turtle, trig, ntriples, nquads, jsonld, rdfxml, html (a dossier) or navigator; guessed from the file's ending.",
)
@click.option("--about", "thing", metavar="THING", help="Only what the graph says about one thing.")
@click.option(
    "--tlp-max",
    type=_Marking(),
    metavar="TLP",
    help="Without reports that are marked more strictly (TLP:GREEN), and without what only these say; unmarked ones count.",
)
def export(file: Path, format_: str | None, thing: str | None, tlp_max: Marking | None, as_of: date | None) -> None:
    """Write the graph, or what it says about one thing, to a file ('-' is standard output).

    \b
    Example: kg export graph.ttl
    Example: kg export va.ttl --about 'Department of Veterans Affairs'
    Example: kg export dossier.html --about 'Midnight Blizzard'
    Example: kg export partners.trig --tlp-max TLP:GREEN
    """
    from pyoxigraph import NamedNode

    from kg.export import rdf

    workspace = open_workspace()
    if (page := format_ or file.suffix.lower().lstrip(".")) in ("html", "navigator"):
        _export_page(workspace, file, page, thing, as_of, tlp_max)
        return
    chosen = rdf.format_of(file, format_ or ("turtle" if str(file) == "-" else None))
    with workspace.open_store(as_of, tlp_max) as store:
        if thing:
            from kg.story import Story

            iri = thing_of(workspace, thing, store, as_of, tlp_max is not None)
            identities = Story(store, workspace.addresses).identities(NamedNode(iri))
            quads = [q for identity in identities for q in rdf.about(store, identity)]
        else:
            quads = list(rdf.whole(store))
        if str(file) == "-":
            rdf.write(quads, chosen, sys.stdout.buffer, workspace.addresses)
            return
        with _whole_file(file) as out:
            count = rdf.write(quads, chosen, out, workspace.addresses)
    click.echo(f"{count:,} statements written to {file} ({chosen})")


def _export_page(workspace: Workspace, file: Path, format_: str, thing: str | None, as_of: date | None, tlp_max: Marking | None) -> None:
    """A dossier, or a layer of techniques, about one thing."""
    import json

    from kg.dossiers import dossier
    from kg.exploring import Explorer
    from kg.export.navigator import layer
    from kg.portraits import part
    from kg.story import Story

    if not thing:
        raise click.UsageError(f"a {'dossier' if format_ == 'html' else 'layer'} is about one thing: name it with --about")
    with workspace.open_store(as_of, tlp_max) as store:
        iri = thing_of(workspace, thing, store, as_of, tlp_max is not None)
        story = Story(store, workspace.addresses)
        if format_ == "html":
            text = dossier(story, iri, as_of, made_on=date.today())
        else:
            head = story.canonical(story.node(iri)).value
            used = part(story, Explorer(store, workspace.addresses, story), head, "usedTechnique>", 1000)
            cells = [(t.iri.rsplit("/", 1)[-1], len(t.claims), t.label) for t in used.items]
            text = json.dumps(layer(story.label(story.node(head)), cells), indent=2, ensure_ascii=False) + "\n"
    if str(file) == "-":
        click.echo(text, nl=False)
        return
    with _whole_file(file) as out:
        out.write(text.encode())
    click.echo(f"written to {file} ({format_})")


@contextmanager
def _whole_file(file: Path) -> Iterator[BinaryIO]:
    """A file to write that is there whole or not at all."""
    if file.is_dir():
        raise click.UsageError(f"cannot write {file}: it is a folder")
    part = file.with_name(file.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(file)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise click.UsageError(f"cannot write {file}: {error.strerror}") from None
