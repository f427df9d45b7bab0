"""The OpenAPI document: every JSON answer in its envelope."""

from __future__ import annotations

from typing import Any

ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["success", "error"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "field": {"type": "string"},
                            "value": {},
                            "message": {"type": "string"},
                            "remedy": {"type": "string"},
                        },
                    },
                },
            },
        },
    },
}
METHODS = {"get", "post", "put", "patch", "delete"}


def envelope_answers(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Wraps each documented success body as ``{success, data, meta}`` and names the failure body."""
    result["components"].setdefault("schemas", {})["Failure"] = ERROR
    for path, operations in result["paths"].items():
        if path.startswith("/api/schema"):
            continue
        for method, operation in operations.items():
            if method in METHODS:
                wrap(operation)
    return result


def wrap(operation: dict[str, Any]) -> None:
    for answer in operation["responses"].values():
        body = answer.get("content", {}).get("application/json")
        if body:
            body["schema"] = success(body.get("schema", {}))
    failure = {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}}
    operation["responses"].setdefault("default", {"description": "What went wrong.", "content": failure})


def success(schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["success", "data", "meta"],
        "properties": {"success": {"type": "boolean", "enum": [True]}, "data": schema, "meta": {"type": "object"}},
    }
