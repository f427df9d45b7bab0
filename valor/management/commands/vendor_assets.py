"""Brings the front end's libraries in, from npm packages of pinned version and content.

``valor/static/valor/vendor/manifest.json`` names each package, its version, its licence, the integrity hash of
the published archive and the sha256 of each file taken from it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

VENDOR = Path(__file__).resolve().parents[2] / "static" / "valor" / "vendor"


@dataclass(frozen=True)
class Package:
    """One line of the manifest."""

    name: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]

    def targets(self, folder: Path) -> dict[str, Path]:
        """Where each file of the archive belongs: flat, in a folder named as the package."""
        return {source: folder / self.name / PurePosixPath(source).name for source in self.files}


def read_manifest(folder: Path) -> list[Package]:
    """The pinned packages."""
    return [Package(**entry) for entry in json.loads((folder / "manifest.json").read_text())["packages"]]


def integrity_of(content: bytes) -> str:
    """The hash as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def check(folder: Path) -> list[str]:
    """What differs between the manifest and the files that are there; empty when all is well."""
    faults, expected = [], {folder / "manifest.json"}
    for package in read_manifest(folder):
        for source, path in package.targets(folder).items():
            expected.add(path)
            if not path.is_file():
                faults.append(f"{package.name}: {path.name} is missing.")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != package.files[source]:
                faults.append(f"{package.name}: {path.name} is not the file of version {package.version}.")
    strays = sorted(path for path in folder.rglob("*") if path.is_file() and path not in expected)
    return faults + [f"{path.relative_to(folder)} is in no package of the manifest." for path in strays]


def unpack(package: Package, archive: bytes, folder: Path) -> None:
    """Copies the package's files out of its archive, once every hash is right."""
    if integrity_of(archive) != package.integrity:
        raise CommandError(f"{package.name} {package.version}: the archive is not the one that was pinned.")
    contents: dict[str, bytes] = {}
    with tempfile.TemporaryFile() as file:
        file.write(archive)
        file.seek(0)
        with tarfile.open(fileobj=file) as tar:
            for source in package.files:
                member = tar.extractfile(f"package/{source}")
                contents[source] = member.read() if member else b""
    for source, content in contents.items():
        if hashlib.sha256(content).hexdigest() != package.files[source]:
            raise CommandError(f"{package.name} {package.version}: {source} does not have the sha256 of the manifest.")
    for source, path in package.targets(folder).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents[source])


def download(package: Package) -> bytes:
    """The published archive, by npm."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        except FileNotFoundError:
            raise CommandError("npm is missing: install Node.js to renew the vendored files.") from None
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise CommandError(f"npm can't fetch {package.name} {package.version}: {error}") from error
        return next(Path(folder).glob("*.tgz")).read_bytes()


class Command(BaseCommand):
    help = "Fetch the pinned front-end libraries, or verify the files that are there (--check, no network)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="verify only, without network")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            for package in read_manifest(VENDOR):
                unpack(package, download(package), VENDOR)
        faults = check(VENDOR)
        if faults:
            raise CommandError("\n".join([*faults, "Run `manage.py vendor_assets` to bring the right files in."]))
        for package in read_manifest(VENDOR):
            self.stdout.write(f"{package.name} {package.version} ({package.licence}): as pinned")
