"""The checks of an installation."""

from __future__ import annotations

from valor.checks import state_is_private


def test_an_open_state_folder_is_reported_with_the_cure(tmp_path, settings):
    settings.HOME = tmp_path
    tmp_path.chmod(0o755)
    (warning,) = state_is_private(None)
    assert warning.id == "valor.W001" and warning.hint == f"chmod 700 {tmp_path}"
    tmp_path.chmod(0o700)
    assert state_is_private(None) == []
