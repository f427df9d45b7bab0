"""What must be in order before the children start: the folder of the state, the database, the demo, static files."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis import ConnectionPool

from valor.supervisor.child import say
from valor.supervisor.web import Listener, Unusable

MANAGE = Path(settings.BASE_DIR) / "manage.py"
DEMO_SIGN_IN = "demo_sign_in"


def prepare() -> None:
    """Brings the installation up to date; raises Unusable with one clear line where something stands in the way."""
    os.umask(0o077)
    check_home(settings.HOME)
    check_redis_url(settings.REDIS_URL)
    try:
        migrate()
        check_database()
        call_command("load_demo", stdout=io.StringIO(), verbosity=0)
    except DatabaseError as error:
        raise Unusable(database_refusal(error)) from None
    finally:
        connection.close()
    try:
        collect_static()
    except OSError as error:
        raise Unusable(f"The static files can't be written to {settings.STATIC_ROOT}: {error.strerror}.") from None


def check_home(home: Path) -> None:
    """The folder of the state can be written. (A folder named by VALOR_HOME keeps the mode that its owner gave it.)"""
    try:
        if home == Path(settings.BASE_DIR) / "var":
            home.chmod(0o700)
        with tempfile.NamedTemporaryFile(dir=home):
            pass
    except OSError as error:
        raise Unusable(
            f"The folder {home} can't be written ({error.strerror}): "
            "change its permissions, or set VALOR_HOME to another folder."
        ) from None


def check_redis_url(url: str) -> None:
    """The address makes sense. (That Redis answers is not needed: everything works on while it is away.)"""
    try:
        if url:
            ConnectionPool.from_url(url)
    except ValueError:
        raise Unusable("REDIS_URL is no address of a Redis: write it as redis://host:6379/0.") from None


def migrate() -> None:
    """Applies the migrations that are missing; looks first, since looking is quick."""
    if connection.vendor == "sqlite":
        check_writable()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)


def check_database() -> None:
    """What `check --database default` would refuse, `up` does not start."""
    for problem in run_checks(tags=[Tags.database], databases=["default"]):
        if problem.is_serious():
            raise Unusable(f"{problem.msg} {problem.hint or ''}".strip())


def check_writable() -> None:
    """Writes, and takes it back: a read-only file opens well, in WAL mode it even gives its write lock."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        try:
            cursor.execute("CREATE TABLE valor_may_write (mark INTEGER)")
        finally:
            cursor.execute("ROLLBACK")


def database_refusal(error: DatabaseError) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if connection.vendor == "sqlite":
        where, remedy = str(settings.DATABASES["default"]["NAME"]), "change its permissions, or set VALOR_HOME"
    else:
        database = settings.DATABASES["default"]
        where = f"{database['NAME']} on {database['HOST'] or 'this machine'}"
        remedy = "see that it runs and that DATABASE_URL names it rightly"
    return f"The database {where} can't be used ({reason}): {remedy}."


def collect_static() -> None:
    """Collects the static files when one of them, or the way they are stored, has changed since the last time."""
    stamp = settings.HOME / "static.stamp"
    wanted = static_fingerprint()
    if stamp.exists() and stamp.read_text() == wanted and Path(settings.STATIC_ROOT).is_dir():
        return
    say("Collecting the static files ...")
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(wanted)


def static_fingerprint() -> str:
    """Changes with the name, size or time of any static file; reads none of them."""
    seen = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            seen.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def environment(listener: Listener) -> dict[str, str]:
    """The children's environment: the same state folder, and the address that people really use."""
    inherited: Mapping[str, str] = os.environ
    return {
        **inherited,
        "VALOR_HOME": str(settings.HOME),
        "BASE_URL": inherited.get("BASE_URL") or listener.url,
        "PYTHONUNBUFFERED": "1",
    }


def welcome(url: str) -> str:
    """The address and who may sign in, as printed once the page answers."""
    lines = ["", f"Valor IVX is up: {url}"]
    try:
        pairs = [line.split("\t") for line in (settings.HOME / DEMO_SIGN_IN).read_text().splitlines() if line]
    except OSError:
        pairs = []
    if pairs:
        lines.append("Sign in as:")
        lines += [f"  {name:<10} {password}" for name, password in pairs]
    return "\n".join([*lines, "Ctrl-C stops it.", ""])
