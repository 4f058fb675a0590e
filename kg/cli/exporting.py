"""The command that takes the graph away: ``kg export``."""

from __future__ import annotations

import shutil
import sys
import tempfile
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
    help="turtle, trig, ntriples, nquads, jsonld, rdfxml, rdf12, graphml, gexf, csv, parquet, html (a dossier) or navigator "
    "(docs/exports.md); guessed from the file's ending.",
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
    Example: kg export network.gexf
    Example: kg export tables.zip
    Example: kg export partners.trig --tlp-max TLP:GREEN
    """
    from pyoxigraph import NamedNode

    from kg.export import rdf

    workspace = open_workspace()
    page = format_ or ("csv" if file.suffix.lower() == ".zip" else file.suffix.lower().lstrip("."))
    if page in _NETWORKS:
        _export_network(workspace, file, page, thing, as_of, tlp_max)
        return
    if page in ("html", "navigator"):
        _export_page(workspace, file, page, thing, as_of, tlp_max)
        return
    chosen = "rdf12" if page == "rdf12" else rdf.format_of(file, format_ or ("turtle" if str(file) == "-" else None))

    def write(out: BinaryIO) -> int:
        if chosen == "rdf12":
            return rdf.write_annotated(quads, out, workspace.addresses)
        return rdf.write(quads, chosen, out, workspace.addresses)

    with workspace.open_store(as_of, tlp_max) as store:
        if thing:
            from kg.story import Story

            iri = thing_of(workspace, thing, store, as_of, tlp_max is not None)
            identities = Story(store, workspace.addresses).identities(NamedNode(iri))
            quads = [q for identity in identities for q in rdf.about(store, identity)]
        else:
            quads = list(rdf.whole(store))
        if str(file) == "-":
            write(sys.stdout.buffer)
            return
        with _whole_file(file) as out:
            count = write(out)
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


_NETWORKS = ("graphml", "gexf", "csv", "parquet")


def _export_network(workspace: Workspace, file: Path, format_: str, thing: str | None, as_of: date | None, tlp_max: Marking | None) -> None:
    """The network of what stands, or that around one thing, as a file for Gephi or as tables."""
    from pyoxigraph import NamedNode

    from kg.analysis.material import Material
    from kg.export import network, tables
    from kg.story import Story
    from kg.terms import prop

    with workspace.open_store(as_of, tlp_max) as store:
        graph = Material(store, workspace.addresses, as_of=as_of).projection("claims")
        claims = {q.subject.value for q in store.match(None, prop("statedIn")) if isinstance(q.subject, NamedNode)}
        if thing:
            story = Story(store, workspace.addresses)
            identities = story.identities(NamedNode(thing_of(workspace, thing, store, as_of, tlp_max is not None)))
            graph = network.around(graph, (i.value for i in identities))
            naming = {q.subject.value for i in identities for q in store.match(None, None, i) if isinstance(q.subject, NamedNode)}
            behind = {claim for *_, data in graph.edges(data=True) for claim in data["claims"]}
            claims &= naming | behind
        if format_ in ("graphml", "gexf"):
            pieces = (network.graphml if format_ == "graphml" else network.gexf)(graph)
            with _target(file) as out:
                out.writelines(pieces)
            told = f"{len(graph):,} things and {graph.number_of_edges():,} edges"
        else:
            found = tables.tables(store, graph, claims)
            if str(file) == "-" or file.suffix.lower() == ".zip":
                with _target(file) as out:
                    count = tables.write_zip(found, format_, out)
            else:
                with _whole_folder(file, [f"{t.name}.{format_}" for t in found]) as folder:
                    count = tables.write_folder(found, format_, folder)
            told = f"{count:,} rows in {len(found)} tables"
    if str(file) != "-":
        click.echo(f"{told} written to {file} ({format_})")


@contextmanager
def _target(file: Path) -> Iterator[BinaryIO]:
    """Standard output for ``-``, else a file that is there whole or not at all."""
    if str(file) != "-":
        with _whole_file(file) as out:
            yield out
        return
    with tempfile.TemporaryFile() as spool:  # an archive is written forwards and backwards
        yield spool
        spool.seek(0)
        shutil.copyfileobj(spool, sys.stdout.buffer)


@contextmanager
def _whole_folder(folder: Path, names: list[str]) -> Iterator[Path]:
    """A folder to fill that is there whole or not at all; one that holds nothing but an older export is replaced."""
    if folder.exists() and (not folder.is_dir() or {p.name for p in folder.iterdir()} - {*names, "datapackage.json"}):
        raise click.UsageError(f"cannot write {folder}: it holds other things; name a new folder")
    part = folder.with_name(folder.name + ".part")
    try:
        part.mkdir()
        yield part
        shutil.rmtree(folder, ignore_errors=True)
        part.replace(folder)
    except OSError as error:
        raise click.UsageError(f"cannot write {folder}: {error.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
