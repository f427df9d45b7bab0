#!/usr/bin/env python
"""Run a management command of Valor IVX. (Kept readable for any Python, so that an old one gets a clear line.)"""

import os
import sys

OLDEST, NEWEST = (3, 11), (3, 14)

if __name__ == "__main__":
    if sys.platform == "win32":
        sys.exit("Valor IVX does not run on native Windows: use WSL2.")
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        sys.exit(
            "Valor IVX needs Python %d.%d to %d.%d; this is Python %d.%d, which is too %s."  # noqa: UP031
            % (OLDEST + NEWEST + version + ("old" if version < OLDEST else "new",))
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "valor.settings")
    try:
        from dj_database_url import ParseError, UnknownSchemeError
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed in this Python: run `make run`, or install requirements.txt first.")
    try:
        execute_from_command_line(sys.argv)
    except (ParseError, UnknownSchemeError):
        sys.exit("DATABASE_URL is no address of a database: write it as postgresql://user:password@host/name.")
    except ImproperlyConfigured as error:
        sys.exit(str(error))
