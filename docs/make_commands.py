"""Writes docs/commands.md: the help of every command.

python docs/make_commands.py
"""

from __future__ import annotations

from pathlib import Path

import click

from face2vec.cli import main

HEAD = """# Commands

Made by `python docs/make_commands.py` out of the help of each command.
"""


def described(command: click.Command, name: str, parent: click.Context | None = None) -> str:
    """Returns the help of a command and of those below it, as Markdown."""
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100)
    title = "#" * (1 + len(context.command_path.split())) + f" {context.command_path}"
    parts = [f"{title}\n\n```text\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            parts.append(described(command.get_command(context, below), below, context))
    return "\n".join(parts)


if __name__ == "__main__":
    page = Path(__file__).with_name("commands.md")
    page.write_text(HEAD + "\n" + described(main, "face2vec"), encoding="utf-8")
