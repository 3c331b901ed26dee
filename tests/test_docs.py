"""The docs name every command and option, and the README's commands are real ones."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from face2vec.cli import main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands(main, ("face2vec",)))
TYPED = re.findall(r"^\s*(?:\$ )?(face2vec .+?)\s*(?:  #.*)?$", README, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_docs_hold_every_command_and_option(name):
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = page.split(f" {name}\n", 1)[1].split("\n#")[0]
    for option in COMMANDS[name].params:
        for spelling in option.opts if isinstance(option, click.Option) else ():
            assert spelling in section, "run: python docs/make_commands.py"


@pytest.mark.parametrize("line", TYPED)
def test_commands_of_the_readme_parse(line):
    words = shlex.split(line)
    name = max((name for name in COMMANDS if line.startswith(name)), key=len, default=None)
    if words[1] in ("--help", "--version"):
        return
    assert name, f"{line} is no command"
    arguments = words[len(name.split()) :]
    known = {spelling for option in COMMANDS[name].params for spelling in option.opts}
    assert {word for word in arguments if word.startswith("-")} <= known | {"--help"}


PICTURES = "\n".join(
    (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("pictures.md", "watching.md")
)
SHOWN = re.findall(r"^(face2vec .+)$", PICTURES, re.MULTILINE)


@pytest.mark.parametrize("line", SHOWN)
def test_commands_that_make_pictures_parse(line):
    test_commands_of_the_readme_parse(line)


def test_every_picture_is_made_by_a_command_on_the_page_in_pictures():
    by_hand = {"people.jpg", "group.jpg"}  # docs/make_pictures.py puts them together
    folder = ROOT / "docs" / "pictures"
    made = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} - by_hand
    named = set(re.findall(r"\]\(pictures/([^)]+)\)", PICTURES))
    assert made == named
    text = " ".join(SHOWN)
    for name in made:
        written = (f"-o docs/pictures/{name}", f"--output docs/pictures/{name}")
        folder_written = f"docs/pictures/{Path(name).parent}" if "/" in name else written[0]
        assert any(one in text for one in (*written, folder_written))


def test_the_page_in_pictures_shows_every_stage():
    stages = COMMANDS["face2vec show"].params[1].type.choices
    assert all(f"--stage {name} " in PICTURES for name in stages if name not in ("photo", "all"))


def test_the_readme_shows_commands():
    assert len(TYPED) > 5


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])
def test_links_between_pages_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]


def test_the_table_of_layers_is_that_of_the_code():
    spec = importlib.util.spec_from_file_location("layers", ROOT / "docs" / "make_layers.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    page = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    assert made.with_table(page) == page, "run: python docs/make_layers.py"
