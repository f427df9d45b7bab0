import re

import pytest
from django.templatetags.static import static
from django.test import Client

PASSWORD = "correct horse battery"


@pytest.fixture
def signed_in(client, analyst):
    client.force_login(analyst)
    return client


def sign_in(client, password=PASSWORD, **extra):
    return client.post("/sign-in/", {"username": "ana", "password": password, **extra})


class TestSignIn:
    def test_anonymous_visitors_are_sent_here_and_back(self, client, analyst):
        sent = client.get("/account/")
        assert sent.status_code == 302
        assert sent.url == "/sign-in/?next=/account/"
        assert 'name="next" value="/account/"' in client.get(sent.url).text
        assert sign_in(client, next="/account/").url == "/account/"

    def test_without_a_place_to_go_back_to_it_leads_to_the_start(self, client, analyst):
        assert sign_in(client).url == "/"

    @pytest.mark.parametrize(
        "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:///x"]
    )
    def test_it_never_leads_to_another_site(self, client, analyst, target):
        assert sign_in(client, next=target).url == "/"

    def test_a_wrong_password_says_what_to_check_and_keeps_the_name(self, client, analyst):
        answer = sign_in(client, "wrong")
        assert answer.status_code == 200
        assert "Name and password don&#x27;t match" in answer.text
        assert 'value="ana"' in answer.text
        assert PASSWORD not in answer.text
        assert "_auth_user_id" not in client.session

    def test_the_name_is_shown_harmlessly(self, client, db):
        answer = client.post("/sign-in/", {"username": '"><script>', "password": "x"})
        assert "<script>" not in re.sub(r'<script (type|defer|src)[^>]*src="/static[^>]*>', "", answer.text)

    def test_too_many_attempts_are_refused_with_the_time_to_wait(self, client, analyst, settings):
        settings.API_RATES = settings.API_RATES | {"sign_in": "2/m"}
        for _ in range(2):
            assert sign_in(client, "wrong").status_code == 200
        refused = sign_in(client)
        assert refused.status_code == 429
        assert "Too many attempts" in refused.text
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert "_auth_user_id" not in client.session

    def test_the_limit_counts_each_name_and_each_address_on_its_own(self, client, analyst, settings):
        settings.API_RATES = settings.API_RATES | {"sign_in": "1/m"}
        assert sign_in(client, "wrong").status_code == 200
        assert sign_in(client, username="ANA ").status_code == 429
        assert client.post("/sign-in/", {"username": "x" * 10_000, "password": "y"}).status_code == 200
        elsewhere = client.post("/sign-in/", {"username": "ana", "password": PASSWORD}, REMOTE_ADDR="10.0.0.9")
        assert elsewhere.status_code == 302

    def test_who_is_signed_in_is_led_on(self, signed_in):
        assert signed_in.get("/sign-in/?next=/account/").url == "/account/"

    def test_it_needs_the_csrf_token(self, analyst):
        answer = sign_in(Client(enforce_csrf_checks=True))
        assert answer.status_code == 403
        assert "This form was too old" in answer.text

    def test_the_admin_signs_in_here_too(self, client, signed_in):
        anonymous = Client()
        assert anonymous.get("/admin/login/?next=/admin/").url == "/sign-in/?next=%2Fadmin%2F"
        assert signed_in.get("/admin/login/?next=/admin/").status_code == 403


class TestSignOut:
    def test_a_post_ends_the_session(self, signed_in):
        assert signed_in.post("/sign-out/").url == "/sign-in/"
        assert "_auth_user_id" not in signed_in.session

    def test_a_link_does_not(self, signed_in):
        assert signed_in.get("/sign-out/").status_code == 405
        assert "_auth_user_id" in signed_in.session


class TestAccount:
    def test_it_names_the_user_and_the_roles(self, signed_in):
        text = signed_in.get("/account/").text
        assert "<dd>ana</dd>" in text
        assert "Analyst" in text
        assert "Operator" not in text

    def test_somebody_without_a_role_is_told_what_to_do(self, client, django_user_model):
        client.force_login(django_user_model.objects.create_user("new"))
        assert "an operator can give you one" in client.get("/account/").text

    def test_the_way_to_the_admin_is_for_staff(self, signed_in, client, operator):
        assert "/admin/" not in signed_in.get("/account/").text
        client.force_login(operator)
        assert "/admin/" in client.get("/account/").text

    def test_preferences_are_remembered_by_the_browser(self, signed_in):
        answer = signed_in.post("/account/", {"theme": "dark", "timezone": "Asia/Tokyo"})
        assert answer.url == "/account/"
        cookie = answer.cookies["theme"]
        assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("dark", "Lax", True)
        text = signed_in.get("/account/").text
        assert 'data-theme="dark"' in text
        assert "Times in Asia/Tokyo" in text
        assert static("valor/js/keys.js") not in text

    def test_back_to_the_defaults_drops_the_cookies(self, signed_in):
        signed_in.post("/account/", {"theme": "dark", "timezone": "Asia/Tokyo"})
        signed_in.post("/account/", {"theme": "", "timezone": "", "keys": "on"})
        text = signed_in.get("/account/").text
        assert "data-theme" not in text
        assert "Times in UTC" in text
        assert static("valor/js/keys.js") in text

    def test_a_zone_or_theme_that_does_not_exist_is_refused(self, signed_in):
        answer = signed_in.post("/account/", {"theme": "pink", "timezone": "Mars/Olympus"})
        assert answer.status_code == 422
        assert answer.text.count("Select a valid choice") == 2
        assert "theme" not in answer.cookies

    def test_other_methods_are_refused(self, signed_in):
        assert signed_in.delete("/account/").status_code == 405


class TestPassword:
    def test_it_changes_and_the_session_stays(self, signed_in, analyst):
        new = "another staple 42"
        answer = signed_in.post(
            "/account/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        )
        assert answer.url == "/account/"
        assert "Your password is changed" in signed_in.get("/account/").text
        analyst.refresh_from_db()
        assert analyst.check_password(new)

    def test_a_weak_or_mistyped_one_is_refused_next_to_its_field(self, signed_in, analyst):
        answer = signed_in.post(
            "/account/password/", {"old_password": "wrong", "new_password1": "123", "new_password2": "123"}
        )
        assert 'id="id_old_password_error"' in answer.text
        assert 'id="id_new_password2_error"' in answer.text
        analyst.refresh_from_db()
        assert analyst.check_password(PASSWORD)

    def test_anonymous_visitors_sign_in_first(self, client):
        assert client.get("/account/password/").url == "/sign-in/?next=/account/password/"


class TestTheme:
    def test_the_switch_leads_back_to_where_it_was_pressed(self, client, db):
        answer = client.post("/theme/", {"theme": "dark", "next": "/help/?a=1"})
        assert answer.url == "/help/?a=1"
        assert 'data-theme="dark"' in client.get("/help/").text

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
    def test_it_never_leads_to_another_site(self, client, db, target):
        assert client.post("/theme/", {"theme": "dark", "next": target}).url == "/"

    def test_a_theme_that_does_not_exist_follows_the_system(self, client, db):
        client.post("/theme/", {"theme": "dark"})
        client.post("/theme/", {"theme": '"><b>'})
        assert "data-theme" not in client.get("/help/").text

    def test_a_forged_cookie_has_no_effect(self, client, db):
        client.cookies["theme"] = '"><b>'
        client.cookies["timezone"] = "../../etc/passwd"
        text = client.get("/help/").text
        assert "data-theme" not in text
        assert "Times in UTC" in text

    def test_it_is_a_post(self, client, db):
        assert client.get("/theme/").status_code == 405


def test_help_is_open_to_everybody_and_every_link_on_it_leads_somewhere(client, db):
    text = client.get("/help/").text
    anchors = set(re.findall(r'href="#([\w-]+)"', text))
    assert anchors <= set(re.findall(r'id="([\w-]+)"', text))
    for path in set(re.findall(r'href="(/[^"#?]*)"', text)) - {"/"}:
        if not path.startswith("/static/"):
            assert client.get(path).status_code in (200, 302), path


def test_old_browsers_find_the_icon_under_the_name_it_is_served_by(client, db):
    found = client.get("/favicon.ico")
    assert found.status_code == 302
    assert found.url == static("valor/favicon.svg")


def test_the_admin_carries_the_brand_and_the_way_back(client, operator):
    client.force_login(operator)
    text = client.get("/admin/").text
    assert '<a href="/">Valor IVX</a>' in text
    assert "<title>Site administration · Valor IVX</title>" in text.replace(" | Django site admin", "")


def test_the_bar_leads_nobody_where_they_may_not_go(client, analyst, operator):
    companies = 'href="/companies/"'
    client.force_login(operator)
    assert companies not in client.get("/account/").text
    client.force_login(analyst)
    assert companies in client.get("/account/").text
