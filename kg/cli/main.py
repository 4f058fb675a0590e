"""``kg``: from reports to a graph to answers. Each command calls one public function of the library.

Exit codes: 0 all went well; 1 done, with something put aside; 2 wrong use; 3 not done; 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import click

from kg.cli import analyzing, deciding, exporting, extracting, keeping, reading
from kg.cli.common import Command, Group, open_workspace, workspace_option
from kg.errors import KgError


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    from importlib.metadata import PackageNotFoundError, version

    if value:
        try:
            click.echo(f"kg, version {version('incident-kg')}")
        except PackageNotFoundError:
            click.echo("kg, version unknown: run from a checkout that is not installed")
        ctx.exit()


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@workspace_option
@click.option("--debug", is_flag=True, help="Show the whole error with its traceback.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """A knowledge graph of threat actors, victims and incidents. Start with: kg demo"""
    ctx.ensure_object(dict)["debug"] = debug


@click.command(cls=Command)
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

        fed = sum(entry["what"] == "ingest" for entry in Workspace(folder).journal.entries())
        if not mark.exists() or fed > 1:
            raise click.UsageError(f"{folder} is a workspace that holds more than the demo; choose another folder with --dir")
    try:
        run_demo(folder)
    finally:
        if (folder / "workspace.json").is_file():
            mark.touch()


@click.command(cls=Command)
@workspace_option
@click.option("--port", type=int, default=8501, show_default=True)
@click.option("--read-only", is_flag=True, help="Show everything, change nothing.")
def app(port: int, read_only: bool) -> None:
    """Open the Streamlit app over the workspace (on this machine only).

    \b
    Example: kg app --read-only
    """
    import subprocess

    from kg.app.launching import command, environment

    click.echo(f"incident-kg is at http://127.0.0.1:{port} (Ctrl-C ends it)", err=True)
    served, given = command(port), environment(open_workspace().folder, read_only)
    if os.name == "posix":
        sys.stderr.flush()
        os.execve(served[0], served, given)  # the server takes the place of this process: who ends 'kg app' ends it
    sys.exit(subprocess.call(served, env=given))


for command in (
    keeping.init,
    keeping.new,
    keeping.ingest,
    extracting.extract,
    extracting.review,
    reading.query,
    reading.queries,
    reading.search,
    reading.resolve,
    reading.show,
    reading.timeline,
    reading.diff,
    exporting.export,
    analyzing.analyze,
    keeping.validate,
    keeping.status,
    keeping.rebuild,
    deciding.link,
    deciding.retract,
    deciding.purge,
    keeping.backup,
    keeping.restore,
    keeping.schema,
    demo,
    app,
):
    cli.add_command(command)


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
