"""The OpenAPI document says what the API does."""

import json

import pytest
from django.core.management import call_command


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "schema.json"
    call_command("spectacular", validate=True, fail_on_warn=True, format="openapi-json", file=str(path))
    return json.loads(path.read_text())


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield path, method, operation


def test_it_is_valid_and_without_a_warning(document):
    assert document["openapi"].startswith("3.")
    assert "/api/token/" in document["paths"]


def test_every_json_answer_is_documented_in_its_envelope(document):
    seen = 0
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            schema = answer.get("content", {}).get("application/json", {}).get("schema")
            if status[0] in "45":
                assert schema == {"$ref": "#/components/schemas/Failure"}, (path, method)
            elif schema and path != "/api/schema/":
                seen += 1
                assert schema["required"] == ["success", "data", "meta"], (path, method, status)
    assert seen > 10


def test_no_operation_leaves_a_status_to_chance(document):
    """Which ones there are is documented, also where no view says so; `tests.api.test_contract` holds them to it."""
    vague = [(path, method) for path, method, operation in operations(document) if "default" in operation["responses"]]
    assert vague == []
    assert set(document["paths"]["/api/valuations/{id}/"]["put"]["responses"]) == {
        *("200", "400", "401", "403", "404", "406", "409", "413", "415", "429", "503")
    }


def test_every_answer_names_its_headers(document):
    for path, method, operation in operations(document):
        for status, answer in operation["responses"].items():
            if path != "/api/schema/":
                names = set(answer["headers"])
                assert {"X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining"} <= names, (path, method, status)
                assert status != "202" or {"Location", "Retry-After"} <= names, (path, method)
                assert status != "429" or "Retry-After" in names


def test_a_list_documents_its_pages(document):
    schema = document["paths"]["/api/jobs/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["properties"]["meta"] == {"$ref": "#/components/schemas/Page"}


def test_every_operation_says_what_it_is_for(document):
    silent = [f"{method} {path}" for path, method, operation in operations(document) if not operation.get("summary")]
    assert silent == []


def test_it_is_public(client, db):
    assert client.get("/api/schema/").status_code == 200
    answer = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert json.loads(answer.content)["info"]["title"] == "Valor IVX"


def test_the_reference_loads_its_script_from_an_address(client, db):
    page = client.get("/api/docs/")
    assert '<script src="/api/docs/?script="></script>' in page.text
    script = client.get("/api/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert 'url: "/api/schema/"' in script.text
