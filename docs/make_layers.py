"""Writes the table of layers in docs/design.md, from pyproject.toml and the docstrings.

python docs/make_layers.py
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "design.md"
PACKAGE = ROOT / "face2vec"
BEGIN, END = "<!-- layers:begin -->\n", "<!-- layers:end -->"


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_table(page), encoding="utf-8")


def with_table(page: str) -> str:
    """Returns the page with the table as the code has it now."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


def table() -> str:
    """Returns the layers, the highest first: a module imports only from the rows below its own."""
    rows = ["| place | what is there |", "| --- | --- |"]
    for layer in layers():
        for name in layer:
            rows += rows_of(name)
    return "\n".join(rows) + "\n"


def layers() -> list[list[str]]:
    """Returns the names of each layer that exist, from the contract in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contract = re.search(r"^layers = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert contract, "pyproject.toml has no layers"
    found = [re.findall(r"\w+", row) for row in re.findall(r'"(.+?)"', contract[1])]
    return [[name for name in row if file_of(name).exists()] for row in found]


def file_of(name: str) -> Path:
    folder = PACKAGE / name
    return folder / "__init__.py" if folder.is_dir() else PACKAGE / f"{name}.py"


def rows_of(name: str) -> list[str]:
    file = file_of(name)
    if file.name != "__init__.py":
        return [f"| `{name}` | {summary(file)} |"]
    rows = [f"| **`{name}/`** | **{summary(file)}** |"]
    if name not in ("commands", "demo", "assets"):
        modules = sorted(path for path in file.parent.glob("*.py") if path != file)
        rows += [f"| `{name}/{path.stem}` | {summary(path)} |" for path in modules]
    return rows


def summary(file: Path) -> str:
    """Returns the first sentence of a module's docstring."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").rstrip(".")


if __name__ == "__main__":
    main()
