import hashlib
import io
import json
import shutil
import tarfile

import pytest
from django.core.management import CommandError, call_command

from valor.management.commands import vendor_assets
from valor.management.commands.vendor_assets import VENDOR, Package, check, integrity_of, read_manifest, unpack


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(VENDOR, tmp_path / "vendor")


def archive_of(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo(f"package/{name}")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def package_of(archive: bytes, content: bytes) -> Package:
    return Package("tiny", "1.0.0", "MIT", integrity_of(archive), {"dist/tiny.js": hashlib.sha256(content).hexdigest()})


def test_the_vendored_files_are_the_pinned_ones():
    assert check(VENDOR) == []


def test_every_package_ships_its_licence_and_pins_its_version():
    for package in read_manifest(VENDOR):
        assert "LICENSE" in package.files
        assert package.licence
        assert package.integrity.startswith("sha512-")
        assert package.version[0].isdigit()


def test_a_changed_a_missing_and_a_stray_file_are_each_named(copy):
    (copy / "htmx.org" / "htmx.min.js").write_text("alert(1)")
    (copy / "uplot" / "uPlot.min.css").unlink()
    (copy / "uplot" / "extra.js").write_text("")
    assert check(copy) == [
        "htmx.org: htmx.min.js is not the file of version 4.0.1.",
        "uplot: uPlot.min.css is missing.",
        "uplot/extra.js is in no package of the manifest.",
    ]


def test_the_command_fails_when_a_file_was_changed(copy, monkeypatch):
    (copy / "htmx.org" / "htmx.min.js").write_text("alert(1)")
    monkeypatch.setattr(vendor_assets, "VENDOR", copy)
    with pytest.raises(CommandError, match=r"htmx\.min\.js is not the file"):
        call_command("vendor_assets", check=True)


def test_fetching_brings_every_file_back(copy, monkeypatch, capsys):
    content = b"export default 1\n"
    archive = archive_of("dist/tiny.js", content)
    package = package_of(archive, content)
    shutil.rmtree(copy)
    copy.mkdir()
    (copy / "manifest.json").write_text(json.dumps({"packages": [vars(package)]}))
    monkeypatch.setattr(vendor_assets, "VENDOR", copy)
    monkeypatch.setattr(vendor_assets, "download", lambda package: archive)
    call_command("vendor_assets")
    assert (copy / "tiny" / "tiny.js").read_bytes() == content
    assert "tiny 1.0.0 (MIT): as pinned" in capsys.readouterr().out


def test_an_archive_of_other_content_is_refused_before_anything_is_written(tmp_path):
    package = package_of(archive_of("dist/tiny.js", b"good"), b"good")
    with pytest.raises(CommandError, match="not the one that was pinned"):
        unpack(package, archive_of("dist/tiny.js", b"evil"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_sha256_is_refused_before_anything_is_written(tmp_path):
    archive = archive_of("dist/tiny.js", b"good")
    with pytest.raises(CommandError, match="sha256"):
        unpack(package_of(archive, b"other"), archive, tmp_path)
    assert list(tmp_path.iterdir()) == []
