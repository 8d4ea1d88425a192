"""First files of a task and of a cell, as ``rnnbench new`` writes them, each with its tests.

They are ordinary Python, so that whatever holds for rnnbench's own code is checked of them too. Two words in them
stand for the reader's own: the registered name and the name of the class.
"""

import re
from importlib import resources
from typing import Literal

from rnnbench.errors import RnnbenchError

Kind = Literal["task", "cell"]
NAMES: dict[Kind, tuple[str, str]] = {"task": ("my_task", "MyTask"), "cell": ("my_cell", "MyCell")}
"""Registered name and class name in the starters."""


def starter(kind: Kind, name: str, module: str) -> tuple[str, str]:
    """The text of a file that registers ``name``, and of the tests beside it, which look for ``module``.py.

    Raises RnnbenchError for a name whose class would hide what the file imports.
    """
    plugin, tests = (
        resources.files(__package__).joinpath(f"{file}.py").read_text("utf-8") for file in (kind, f"test_{kind}")
    )
    registered, of_class = NAMES[kind]
    own_class = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    if re.search(rf"\b{own_class}\b", plugin):
        raise RnnbenchError(f"{name!r} would be a class {own_class}, which the file has already; choose another name.")
    tests = tests.replace(f'with_name("{kind}.py")', f'with_name("{module}.py")')
    made, tested = (text.replace(registered, name).replace(of_class, own_class) for text in (plugin, tests))
    return made, tested
