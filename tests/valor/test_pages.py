"""What holds for every page: its headers, its frame, and the pages for what goes wrong."""

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import OperationalError, connection
from rest_framework.test import APIClient

PUBLIC = ["/sign-in/", "/help/", "/api/docs/"]
PRIVATE = ["/account/", "/account/password/"]
CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
}


def policy_of(answer) -> dict[str, str]:
    header = answer.headers["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in header.split(";") if part.strip())


@pytest.fixture
def signed_in(client, analyst):
    client.force_login(analyst)
    return client


class TestEveryPage:
    @pytest.mark.parametrize("path", [*PUBLIC, *PRIVATE, "/nothing/", "/", "/api/account/", "/admin/login/"])
    def test_the_content_security_policy_is_strict(self, signed_in, path):
        assert CSP.items() <= policy_of(signed_in.get(path)).items()

    @pytest.mark.parametrize("path", [*PUBLIC, *PRIVATE, "/nothing/"])
    def test_nothing_inline_and_nothing_from_elsewhere(self, signed_in, path):
        text = signed_in.get(path).text
        assert "<style" not in text
        assert not re.search(r"\sstyle=", text)
        assert not re.search(r"\son\w+=", text)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
        assert not re.search(r'(src|href)="(https?:)?//', text)

    @pytest.mark.parametrize("path", [*PUBLIC, *PRIVATE])
    def test_every_file_that_it_loads_exists(self, signed_in, path):
        from django.contrib.staticfiles import finders

        for name in re.findall(r'(?:src|href)="/static/([^"]+)"', signed_in.get(path).text):
            assert finders.find(name) or (Path(project.STATIC_ROOT) / name).exists(), name

    @pytest.mark.parametrize("path", PRIVATE)
    def test_private_pages_send_anonymous_visitors_to_sign_in(self, client, path):
        assert client.get(path).url == f"/sign-in/?next={path}"

    @pytest.mark.parametrize("path", PRIVATE)
    def test_a_fragment_asked_for_after_sign_out_is_401_without_a_form(self, client, path):
        answer = client.get(path, headers={"HX-Request": "true"})
        assert answer.status_code == 401
        assert "<form" not in answer.text

    def test_the_bar_shows_sections_only_to_who_may_open_them(self, signed_in, client):
        inside = signed_in.get("/help/").text
        assert 'href="/performance/"' in inside
        assert 'data-status="/performance/status/"' in inside
        signed_in.logout()
        outside = signed_in.get("/help/").text
        assert 'href="/performance/"' not in outside
        assert "data-status" not in outside

    def test_every_link_of_the_bar_opens(self, signed_in):
        bar = signed_in.get("/help/").text.split("<main")[0]
        for path in set(re.findall(r'<a[^>]* href="(/[^"]*)"', bar)):
            assert signed_in.get(path, follow=True).status_code == 200, path

    def test_htmx_sends_the_csrf_token(self, signed_in):
        text = signed_in.get("/account/").text
        assert re.search(r"hx-headers:inherited='\{\"X-CSRFToken\": \"\w{64}\"\}'", text)


class TestGoneWrong:
    @pytest.mark.django_db
    def test_an_unknown_address_is_a_404_in_the_look(self, client):
        answer = client.get("/<b>nothing/")
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text
        assert "<b>nothing" not in answer.text

    @pytest.mark.django_db
    @pytest.mark.urls("tests.valor.urls")
    @pytest.mark.parametrize(
        ("kind", "status", "words"),
        [
            ("forbidden", 403, "You may not open this page"),
            ("missing", 404, "There is nothing here"),
            ("suspicious", 400, "This request can't be read"),
            ("broken", 500, "Something broke on our side"),
        ],
    )
    def test_each_has_its_page(self, client, kind, status, words):
        client.raise_request_exception = False
        answer = client.get(f"/fails/{kind}/")
        assert answer.status_code == status
        assert words in answer.text.replace("&#x27;", "'")
        assert "secret" not in answer.text

    def test_a_foreign_host_name_is_a_400_in_the_look(self, client, db):
        answer = client.get("/help/", headers={"Host": "evil.example"})
        assert answer.status_code == 400
        assert "ALLOWED_HOSTS" in answer.text

    @pytest.mark.urls("tests.valor.urls")
    def test_the_500_page_needs_neither_database_nor_session(self, client):
        """Without the db mark every query raises: the page must not make any."""
        client.raise_request_exception = False
        client.cookies["sessionid"] = "x" * 32
        client.cookies["theme"] = "dark"
        answer = client.get("/fails/broken/")
        assert answer.status_code == 500
        assert 'data-theme="dark"' in answer.text
        assert 'href="/fails/broken/"' in answer.text
        assert CSP.items() <= policy_of(answer).items()

    @pytest.mark.urls("tests.valor.urls")
    def test_a_database_out_of_reach_is_a_503_page_that_names_it(self, client):
        """Without the db mark the database refuses every query, as one that is down does."""
        client.raise_request_exception = False
        answer = client.get("/fails/database/")
        assert answer.status_code == 503
        assert "The database can't be reached" in answer.text.replace("&#x27;", "'")
        assert "UTC" in answer.text

    @pytest.mark.urls("tests.valor.urls")
    def test_to_the_api_it_is_a_503_in_the_envelope(self, analyst, monkeypatch):
        def down() -> None:
            raise OperationalError("connection refused")

        api = APIClient(raise_request_exception=False)
        api.force_authenticate(analyst)
        with monkeypatch.context() as patched:
            patched.setattr(connection, "cursor", down)
            answer = api.get("/api/fails/database/")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "unavailable"

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.urls("tests.valor.urls")
    def test_a_mistake_in_a_statement_is_a_plain_500(self, client):
        client.raise_request_exception = False
        assert client.get("/fails/statement/").status_code == 500
