"""What is told of a process's command line: what it is, never what it was given.

Command lines hold passwords in more ways than anybody can list, and what is told of a process is stored, shown and sent
out. So only these are told, everything else stays on the machine:

1. The name of the program.
2. Of an interpreter (Python, Node, Java, Ruby, Perl, a shell) the path of the script, or the module after ``-m``.
3. Of Django's manage.py the command.

No option, no value, no program that is written on the line itself (``sh -c``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import psutil

from valor.lib.text import storable

LONGEST = 200
LONGEST_NAME = 40
INTERPRETER = re.compile(r"(python|pypy|node|nodejs|deno|bun|java|ruby|perl|php|sh|bash|dash|zsh|ksh|fish)[\d.]*")
PATH = re.compile(r"[\w./+@~-]+")
SCRIPT = re.compile(r"[\w./+@~-]*\w\.(py|pyz|js|mjs|cjs|ts|jar|rb|pl|php|sh|bash|zsh)")
MODULE = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
# Options of interpreters that have no value.
FLAG = re.compile(r"-[BEIOSbdsuvx]+")
COMMAND = re.compile(r"[a-z][a-z0-9_]*")
MANAGERS = {"manage.py", "django-admin", "django"}


def name_of(process: psutil.Process) -> str:
    """The name of its program. A process may have put a whole line in its place: then the first word of it."""
    return named(process.name())


def named(name: str) -> str:
    words = storable(name).split()
    return words[0].rstrip(":")[:LONGEST_NAME] if words else ""


def command_of(process: psutil.Process) -> str:
    """What is told of its command line; that of another user's process may be hidden."""
    try:
        line = [storable(word) for word in process.cmdline()]
    except psutil.AccessDenied:
        return ""
    return told(line, name_of(process))


def told(line: Sequence[str], name: str = "") -> str:
    """The program, with its script or module and the command of manage.py."""
    if not line or not PATH.fullmatch(line[0]):
        return name
    program = base(line[0])
    words = [program, *(script_of(line[1:]) if INTERPRETER.fullmatch(program) else managed(program, line[1:]))]
    return " ".join(words)[:LONGEST]


def script_of(arguments: Sequence[str]) -> list[str]:
    """The script or module that an interpreter runs. What may be the value of an option must look like a script."""
    after_option = False
    for place, argument in enumerate(arguments):
        rest = arguments[place + 1 :]
        if argument == "-m":
            module = rest[0] if rest and MODULE.fullmatch(rest[0]) else ""
            return ["-m", module, *managed(module, rest[1:])] if module else []
        if not argument.startswith("-"):
            known = SCRIPT.fullmatch(argument) or (not after_option and "/" in argument and PATH.fullmatch(argument))
            return [argument, *managed(base(argument), rest)] if known else []
        after_option = not FLAG.fullmatch(argument)
    return []


def managed(script: str, arguments: Sequence[str]) -> list[str]:
    """The command that Django's manage.py was given, which is its first argument."""
    return [arguments[0]] if script in MANAGERS and arguments and COMMAND.fullmatch(arguments[0]) else []


def base(path: str) -> str:
    return path.rpartition("/")[2]
