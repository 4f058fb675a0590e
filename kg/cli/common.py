"""What the commands share: options, the workspace at hand, files of a person, progress."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from datetime import date

    from kg.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])


class Command(click.Command):
    """A command that takes --debug after its name as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(click.Option(["--debug"], is_flag=True, expose_value=False, hidden=True))


class Group(click.Group):
    """The commands in the order in which they were added."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _remember(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if value is not None and param.name:
        ctx.find_root().ensure_object(dict)[param.name] = value
    return value


def workspace_option(command: F) -> F:
    """Add ``--workspace DIR``; :func:`open_workspace` sees it."""
    return click.option(
        "--workspace",
        "-w",
        metavar="DIR",
        expose_value=False,
        callback=_remember,
        help="The workspace folder (else $KG_WORKSPACE, or here and above).",
    )(command)


def format_option(command: F) -> F:
    """Add ``--format table|json`` as the argument ``output``."""
    return click.option(
        "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How to print."
    )(command)


class _Day(click.ParamType[Any]):
    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from kg.times import parse

        try:
            return parse(value).last_day
        except ValueError as error:
            self.fail(str(error), param, ctx)


DAY = _Day()
"""A day as people write it; of a month or year, its last day."""


def as_of_option(command: F) -> F:
    """Add ``--as-of DATE`` as the argument ``as_of``."""
    return click.option(
        "--as-of", type=DAY, metavar="DATE", help="Only what was public by the end of this day (2024-02-01, 2024-02, 2024)."
    )(command)


def me() -> str:
    """Who decides when nobody is named (:func:`kg.journal.usual_author`)."""
    from kg.journal import usual_author

    if named := usual_author():
        return named
    raise click.UsageError("this account has no name; say who decides with --by NAME or $KG_AUTHOR")


author_option = click.option("--by", metavar="NAME", default=me, help="Who decides (else $KG_AUTHOR, or the name of your account).")


def save(file: Path, text: str) -> None:
    """Write a text file that a person named."""
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise click.UsageError(f"cannot write {file}: {error.strerror}") from None


def read(file: Path) -> str:
    """The text of a file that a person named."""
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise click.UsageError(f"{file} is not UTF-8 text (byte {error.start})") from None


def spooled(path: str, folder: Path) -> Path:
    """A path as it is; of ``-`` a file in a folder that holds what standard input gave."""
    if path != "-":
        return Path(path)
    import shutil

    target = folder / "standard-input"
    with target.open("wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out)
    return target


def utf8(text: str) -> str:
    """The text itself if it can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise click.UsageError(f"not UTF-8 text: {ascii(text)[:80]}") from None
    return text


def named_workspace() -> str | None:
    """The folder that ``--workspace`` names."""
    named = click.get_current_context().find_root().ensure_object(dict).get("workspace")
    return str(named) if named else None


def open_workspace() -> Workspace:
    """The workspace that the command line names, else the one that is found."""
    from kg.workspace import Workspace, find_workspace

    named = named_workspace()
    return Workspace(Path(named) if named else find_workspace())


def thing_of(workspace: Workspace, text: str, store: Any, as_of: date | None = None, shown_only: bool = False) -> str:
    """The IRI of the one thing that a person means; ``shown_only``: by a name that the store's own graphs give."""
    from kg.resolver import one_thing

    with workspace.names(as_of, store if shown_only else None) as names:
        return one_thing(text, names, store, workspace.addresses)


def progress() -> Callable[[str, int], None] | None:
    """A line on the terminal's error stream that counts records; nothing in a pipe."""
    if not sys.stderr.isatty():
        return None

    def tell(file: str, number: int) -> None:
        click.echo(f"\r{file}: {number:,} records ", err=True, nl=False)

    return tell
