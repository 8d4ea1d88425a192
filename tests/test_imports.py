"""Imports run one way. Read from the source, so that lazy imports count too."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import rnnbench

ROOT = Path(rnnbench.__file__).parent
LAYERS = [
    {"errors", "grammar", "identity", "mistakes", "ran", "words"},
    {"registry"},
    {"task", "cell", "parts", "shapes", "sequence_model", "optimiser"}
    | {"parameters", "protocol", "streams", "studies", "provenance"},
    {"trial", "posed"},
    {"study", "data_key", "rebuild"},
    {"cells", "optimisers", "population", "recurrence", "store"},
    {"train", "stats"},
    {"execute", "report", "bench", "check"},
    {"explain", "catalogue", "verify"},
    {"cli", "starters", "__main__"},
]
"""From the ground up: a module imports from its own layer or from below."""
TASK_MAY = {"rnnbench.task", "rnnbench.registry", "rnnbench.errors"}


def layer(part: str) -> int:
    (found,) = [number for number, names in enumerate(LAYERS) if part in names]
    return found


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rnnbench"):
            yield from (
                [f"rnnbench.{alias.name}" for alias in node.names] if node.module == "rnnbench" else [node.module]
            )
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("rnnbench"))


FILES = [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_arrow_points_back(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for module in imports(path):
        parts = module.split(".")
        if len(parts) > 1 and parts[1] != "__version__":
            assert layer(parts[1]) <= layer(own), f"{own} imports {module}"
            same_layer = layer(parts[1]) == layer(own) and parts[1] != own
            assert not (same_layer and own in {"execute", "report", "bench", "check"}), (
                f"{own} imports its neighbour {module}"
            )


@pytest.mark.parametrize("path", sorted((ROOT.parent / "tasks").glob("*.py")), ids=lambda path: path.name)
def test_tasks_import_the_contract_only(path: Path) -> None:
    assert set(imports(path)) <= TASK_MAY


def test_nobody_names_a_task_module() -> None:
    assert not [path for path in FILES for module in imports(path) if module.startswith("rnnbench.tasks.")]
