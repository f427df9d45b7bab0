"""What is shipped as static files: all that pages ask for, and nothing that none does."""

from __future__ import annotations

import re
from io import StringIO

from django.core.management import call_command


def collected(settings, folder) -> list[str]:
    settings.STATIC_ROOT = folder
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    out = StringIO()
    call_command("collectstatic", interactive=False, dry_run=True, verbosity=1, stdout=out)
    return re.findall("Pretending to copy '(.*)'", out.getvalue())


def test_of_the_readers_of_the_apis_document_only_the_one_that_is_shown_is_shipped(client, settings, tmp_path, db):
    files = collected(settings, tmp_path)
    page = client.get("/api/docs/").content.decode()
    shown = re.findall(r'(?:src|href)="/static/(drf_spectacular_sidecar/[^"]+)"', page)
    assert shown
    for name in shown:
        assert any(file.endswith(name) for file in files)
    assert not [file for file in files if "redoc" in file]
