"""Which line of ours is behind a statement."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

from django.conf import settings

LIBRARIES = ("/site-packages/", "/dist-packages/")
# Files of ours that every statement or request passes through.
PASSED = (
    *("manage.py", "valor/middleware.py"),
    *("performance/database/", "performance/scope.py", "performance/middleware.py"),
)
DEEPEST = 200


def our_line() -> str:
    """``modeling/selectors.py:41 in companies``, or ``templates/x.html:7`` where a template asked; "" for neither.

    Paths are those inside the project: where it lies is nobody's business.
    """
    root = f"{Path(settings.BASE_DIR)}/"
    frame: FrameType | None = sys._getframe(1)
    template = ""
    for _ in range(DEEPEST):
        if frame is None:
            break
        file = ours(frame.f_code.co_filename, root)
        if file and not file.startswith(PASSED):
            return template or f"{file}:{frame.f_lineno} in {frame.f_code.co_name}"
        template = template or template_line(frame, root)
        frame = frame.f_back
    return template


def ours(path: str, root: str) -> str:
    """The path inside the project, where the file is part of it."""
    is_library = any(part in path for part in LIBRARIES)
    return path.removeprefix(root) if path.startswith(root) and not is_library else ""


def template_line(frame: FrameType, root: str) -> str:
    """The line of the template of ours whose node this frame renders."""
    if frame.f_code.co_name != "render_annotated":
        return ""
    node = frame.f_locals.get("self")
    file = ours(str(getattr(getattr(node, "origin", None), "name", "")), root)
    line = getattr(getattr(node, "token", None), "lineno", None)
    return f"{file}:{line}" if file and line is not None else ""
