"""The rules of the house: layers, words, packaging, documentation. Each guard is shown to catch what it should."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT

LAYERS = [
    "errors", "written", "vocabulary", "terms", "geography", "times", "durable", "model", "identity", "resources", "extraction", "mapping",
    "store", "catalogue", "journal", "decisions", "rules", "linking", "settling", "matching",
    "readers", "reviewing", "indexing", "index", "loading",
    "views", "sharing", "results", "workspace", "backup", "queries", "export", "story", "explaining", "disclosure", "resolver",
    "validation", "overview", "coverage", "stopping", "analysis", "exploring", "portraits", "dossiers", "workers", "app", "cli",
]  # fmt: skip
"""A module may import those to its left, and its own package."""


def imports(source: str) -> Iterable[str]:
    """Modules that a source imports; ``from kg import name`` counts as ``kg.name``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"kg.{alias.name}" for alias in node.names) if node.module == "kg" else (node.module,)


def layer_faults(module: str, source: str) -> list[str]:
    own = module.split(".")[1]
    faults = []
    for name in imports(source):
        parts = name.split(".")
        if parts[0] != "kg":
            continue
        other = parts[1] if len(parts) > 1 else ""
        if other not in LAYERS:
            faults.append(f"{module} imports {name}: the package's own __init__, or a module without a layer")
        elif LAYERS.index(other) > LAYERS.index(own):
            faults.append(f"{module} ({own}) imports {name} ({other}), which comes later")
    return faults


def modules() -> dict[str, str]:
    found = {}
    for path in sorted((CHECKOUT / "kg").rglob("*.py")):
        parts = path.relative_to(CHECKOUT).with_suffix("").parts
        if parts != ("kg", "__init__"):
            found[".".join(parts)] = path.read_text("utf-8")
    return found


def test_imports_go_one_way() -> None:
    assert [fault for name, source in modules().items() for fault in layer_faults(name, source)] == []


def test_the_layer_guard_is_alive() -> None:
    assert layer_faults("kg.model.report", "from kg.store.base import QuadStore")
    assert layer_faults("kg.times", "import kg")
    assert layer_faults("kg.story", "from kg import Workspace")
    assert not layer_faults("kg.rules", "from kg.mapping import prop")


def test_every_module_has_a_layer_and_a_docstring() -> None:
    for name, source in modules().items():
        assert name.split(".")[1] in LAYERS, name
        assert ast.get_docstring(ast.parse(source)), name


def test_no_public_function_without_docstring() -> None:
    bare = []
    for name, source in modules().items():
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                bare.append(f"{name}.{node.name}")
    assert [b for b in bare if not b.startswith(("kg.model.", "kg.readers.veris"))] == []


@pytest.mark.parametrize(
    "path", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "NOTICE", "Makefile", ".ci/run", "app.py"]
)
def test_the_top_level_is_complete(path: str) -> None:
    assert (CHECKOUT / path).is_file()


def test_links_in_the_documentation_lead_somewhere() -> None:
    for page in [
        *CHECKOUT.glob("*.md"),
        *(CHECKOUT / "docs").rglob("*.md"),
        *(CHECKOUT / "queries").glob("*.md"),
        *(CHECKOUT / "benchmarks").glob("*.md"),
    ]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_architecture_names_every_module() -> None:
    text = Path(CHECKOUT / "ARCHITECTURE.md").read_text("utf-8")
    for path in (CHECKOUT / "kg").iterdir():
        if path.suffix == ".py" and path.stem not in ("__init__",):
            assert path.name in text, path.name
