"""The wheel: it holds what it needs, and works where there is no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout. Skipped without the build tools or the package index."""
    if any(__import__("importlib.util").util.find_spec(name) is None for name in ("build", "hatchling")):
        pytest.skip("build and hatchling are not installed")
    place = tmp_path_factory.mktemp("wheel")
    copy = place / "checkout"
    copy.mkdir()
    for name in ("kg", "ontology", "queries", "data"):
        shutil.copytree(CHECKOUT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(CHECKOUT / name, copy / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(place.glob("*.whl"))


def test_the_wheel_is_whole(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("ontology", "queries", "data"):
        files = {p.relative_to(CHECKOUT).as_posix() for p in (CHECKOUT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts}
        tracked = {name for name in files if not Path(name).name.startswith(".")}
        assert tracked and {f"kg/bundled/{name}" for name in tracked} <= names
    own = [p for p in (CHECKOUT / "kg").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert {p.relative_to(CHECKOUT).as_posix() for p in own} <= names
    assert not [name for name in names if name.startswith(("tests/", "ontology/", "data/")) or name.endswith((".pyc", ".sqlite"))]
    assert any(name.endswith("entry_points.txt") for name in names) and any("licenses/LICENSE" in name for name in names)


@pytest.mark.slow
def test_the_wheel_tells_the_case_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """The same without a package index: a new environment that borrows the libraries of this one."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    site = next(place.glob("lib/python*/site-packages")) if os.name != "nt" else place / "Lib" / "site-packages"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(site)
    libraries = [p for p in sys.path if p.endswith("site-packages")]
    (site / "libraries.pth").write_text("\n".join(libraries))
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "KG_WORKSPACE", "VIRTUAL_ENV")}
    where = subprocess.run([python, "-c", "import kg; print(kg.__file__)"], cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert str(site) in where.stdout, where.stdout + where.stderr
    done = subprocess.run([python, "-m", "kg.cli.main", "demo"], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Department of Veterans Affairs" in done.stdout and (tmp_path / "demo" / "graph.ttl").is_file()
    version = subprocess.run([python, "-m", "kg.cli.main", "--version"], cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert version.stdout.startswith("kg, version 0")


def test_the_wheel_installs_with_its_dependencies(wheel: Path, tmp_path: Path) -> None:
    """What pip makes of it: the declared dependencies are enough. Needs the package index."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=True)
    folder = place / ("Scripts" if os.name == "nt" else "bin")
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "KG_WORKSPACE", "VIRTUAL_ENV")}
    done = subprocess.run([folder / "python", "-m", "pip", "install", "-q", wheel], env=clean, capture_output=True, text=True, timeout=900)
    if done.returncode and "No matching distribution" in done.stderr + done.stdout:
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    for words, expected in ((["demo"], "Midnight Blizzard"), (["--version"], "kg, version 0"), (["status"], "reports")):
        ran = subprocess.run([folder / "kg", *words], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0 and expected in ran.stdout, ran.stderr
