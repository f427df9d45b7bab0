"""A second process of an installation, as the web server is one: ``python -m tests.customer MODULE``.

Reads lines of JSON, ``[function of MODULE, its arguments]``, and answers each with a line, ``{"answer": ...}`` or
``{"error": ...}``. It outlives every outage of the database.
"""

from __future__ import annotations

import importlib
import json
import select
import subprocess
import sys
from typing import Any

import django
from django.core.serializers.json import DjangoJSONEncoder
from django.db import close_old_connections

PATIENCE = 30.0


def ask(customer: subprocess.Popen[bytes], function: str, arguments: dict[str, Any]) -> Any:
    """What a customer that was started with pipes answers."""
    assert customer.stdin is not None
    assert customer.stdout is not None
    customer.stdin.write(json.dumps([function, arguments]).encode() + b"\n")
    customer.stdin.flush()
    ready, _, _ = select.select([customer.stdout], [], [], PATIENCE)
    assert ready, f"Nothing came of {function!r} within {PATIENCE} s."
    reply = json.loads(customer.stdout.readline())
    assert "answer" in reply, f"{function!r} broke: {reply['error']}"
    return reply["answer"]


def main(module: str) -> None:
    django.setup()
    functions = importlib.import_module(module)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            close_old_connections()
            reply = {"answer": getattr(functions, name)(**arguments)}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply, cls=DjangoJSONEncoder), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
