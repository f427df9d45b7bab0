"""The OpenAPI document: every JSON answer in its envelope, with every status and header that it may carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drf_spectacular.openapi import AutoSchema

from valor.lib.ratelimit import HeavyWhere

STRING: dict[str, Any] = {"type": "string"}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["field", "value", "message", "remedy"],
    "properties": {
        "field": STRING,
        "value": {"nullable": True, "description": "What was sent, as far as it may be told."},
        "message": STRING,
        "remedy": STRING,
    },
}
FAILURE: dict[str, Any] = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": STRING,
                "message": STRING,
                "details": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
            },
        },
    },
}
LINK = {"type": "string", "format": "uri", "nullable": True}
PAGE: dict[str, Any] = {
    "type": "object",
    "required": ["page"],
    "properties": {
        "page": {
            "type": "object",
            "required": ["number", "count", "next", "previous"],
            "properties": {
                "number": {"type": "integer"},
                "count": {"type": "integer", "description": "Of all pages."},
                "next": LINK,
                "previous": LINK,
            },
        }
    },
}
HEADERS: dict[str, tuple[str, str]] = {
    "X-Request-ID": ("string", "Names this request in the log; send one of your own to follow it."),
    "X-RateLimit-Limit": ("integer", "How many requests of this class you may make in a span."),
    "X-RateLimit-Remaining": ("integer", "How many of them are left."),
    "X-RateLimit-Reset": ("integer", "When the span ends, in seconds since 1970."),
    "Retry-After": ("integer", "Seconds after which asking again makes sense."),
    "Location": ("string", "Where it is, or where its job stands."),
    "WWW-Authenticate": ("string", "Bearer."),
}
# The limits are missing only while nobody can count; no answer promises them.
ALWAYS = ("X-Request-ID",)
USUAL = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
ALSO = {
    "201": (("Location",), ()),
    "202": (("Location", "Retry-After"), ()),
    "401": (("WWW-Authenticate",), ()),
    "409": ((), ("Retry-After",)),
    "429": (("Retry-After",), ()),
    "503": ((), ("Retry-After",)),
}
REFUSALS = {
    "400": "Something that was sent can't be used: `details` names it, and what to do.",
    "401": "There is no token, or it is not valid: get one at /api/token/.",
    "403": "This is for another role, or the session's CSRF token is missing.",
    "404": "There is nothing here that you may see.",
    "406": "The API answers JSON only.",
    "409": "It does not fit what is: somebody was faster.",
    "413": "The body is larger than this server reads.",
    "415": "The body is not JSON, by its Content-Type.",
    "422": "It needs to be confirmed.",
    "429": "You asked too often: see `Retry-After`.",
    "503": "A part of the platform can't be reached.",
}
METHODS = {"get", "post", "put", "patch", "delete"}


class OperationSchema(AutoSchema):
    """Says of each operation which budget it is counted in."""

    def get_operation(self, *args: Any) -> Any:
        operation = super().get_operation(*args)  # type: ignore[no-untyped-call]
        if operation is not None:
            name, words = rate_class(self.view, self.method)
            operation["x-rate-class"] = name
            operation["description"] = " ".join(filter(None, [operation.get("description"), words]))
        return operation


def rate_class(view: Any, method: str) -> tuple[str, str]:
    """The class of an operation, and a sentence where it is heavy, always or by what is asked."""
    reading = getattr(view, "read_class", "read")
    name = reading if method == "GET" else getattr(view, "rate_class", "write")
    if isinstance(name, HeavyWhere):
        return "read", f"{name.words} counts as heavy work."
    return name, "It counts as heavy work." if name == "heavy" else ""


def envelope_answers(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Wraps each documented body as ``{success, data, meta}``, and documents what any endpoint of its kind may say."""
    components = result["components"]
    components.setdefault("schemas", {}).update({"Failure": FAILURE, "Problem": PROBLEM, "Page": PAGE})
    components["headers"] = {
        name + suffix: {"description": words, "schema": {"type": kind}, "required": not suffix}
        for name, (kind, words) in HEADERS.items()
        for suffix in ("", "-if-known")
    }
    for path, operations in result["paths"].items():
        if path.startswith("/api/schema"):
            continue
        for method, operation in operations.items():
            if method in METHODS:
                complete(method, operation)
    return result


def complete(method: str, operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    paged = "page" in names(operation, "query")
    for status, answer in answers.items():
        body = answer.get("content", {}).get("application/json")
        if body and int(status) < 400:
            body["schema"] = success(body.get("schema", {}), paged)
    for status in refusals(method, operation):
        answers.setdefault(status, {"description": REFUSALS[status]})
    for status, answer in answers.items():
        if int(status) >= 400:
            answer["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}
        answer["headers"] = dict(headers(status))
    operation["responses"] = dict(sorted(answers.items()))


def names(operation: dict[str, Any], place: str) -> set[str]:
    return {item["name"] for item in operation.get("parameters", ()) if item["in"] == place}


def refusals(method: str, operation: dict[str, Any]) -> Iterator[str]:
    """The statuses that an operation of this shape may answer besides its own."""
    yield from ("401", "406", "429", "503")
    body, query = "requestBody" in operation, names(operation, "query")
    if operation.get("security") and {} not in operation["security"]:
        yield "403"
    if body or query:
        yield "400"
    if body:
        yield from ("413", "415")
    if method == "put" or (method != "get" and names(operation, "path")):
        yield "409"
    if names(operation, "path") or query & {"page", "host"}:
        yield "404"


def headers(status: str) -> Iterator[tuple[str, dict[str, str]]]:
    certain, possible = ALSO.get(status, ((), ()))
    for name in (*ALWAYS, *certain):
        yield name, {"$ref": f"#/components/headers/{name}"}
    for name in (*USUAL, *possible):
        yield name, {"$ref": f"#/components/headers/{name}-if-known"}


def success(schema: dict[str, Any], paged: bool) -> dict[str, Any]:
    meta = {"$ref": "#/components/schemas/Page"} if paged else {"type": "object"}
    return {
        "type": "object",
        "required": ["success", "data", "meta"],
        "properties": {"success": {"type": "boolean", "enum": [True]}, "data": schema, "meta": meta},
    }
