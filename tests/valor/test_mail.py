"""The mail server's settings."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from valor.lib.mail import server


def test_the_mail_server_comes_from_the_environment(monkeypatch):
    for name, value in {
        "HOST": "mail.example.com",
        "PORT": "587",
        "USER": "valor",
        "PASSWORD": "x",
        "TLS": "1",
    }.items():
        monkeypatch.setenv(f"EMAIL_{name}", value)
    assert server() == ("mail.example.com", 587, "valor", "x", True)


def test_a_port_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("EMAIL_PORT", "smtp")
    with pytest.raises(ImproperlyConfigured, match="EMAIL_PORT"):
        server()
