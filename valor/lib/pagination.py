"""Every list of the API comes in pages."""

from __future__ import annotations

from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from valor.lib.errors import InvalidInput, NotFound, Problem

DIGITS = 18
LONGEST = 80  # of what is echoed


def whole(text: str) -> int | None:
    """A count written in plain digits, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


class EnvelopePagination(PageNumberPagination):
    """``?page=2&page_size=50``; the counts go into ``meta.page``. A page or size that can't be is refused by name."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 200
    page_query_description = "The page, from 1; `last` is the last one. One beyond the last is 404."
    page_size_query_description = f"Items on a page, from 1 to {max_page_size}; {page_size} unless given."

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("page_size")
        if asked is None:
            return self.page_size
        size = whole(asked)
        if size is None or not 1 <= size <= self.max_page_size:
            remedy = f"Give a whole number from 1 to {self.max_page_size}."
            raise InvalidInput.at("page_size", asked[:LONGEST], "No page has this size.", remedy)
        return size

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        self.request = request
        paginator = Paginator(queryset, self.get_page_size(request))
        self.page = self.page_of(paginator, request.query_params.get("page", "1"))
        return list(self.page)

    @staticmethod
    def page_of(paginator: Paginator[Any], asked: str) -> Page[Any]:
        last = paginator.num_pages
        number = last if asked == "last" else whole(asked)
        there = "There is only page 1." if last == 1 else f"There are pages 1 to {last}."
        if not number:
            remedy = "Give a whole number from 1."
            raise InvalidInput.at("page", asked[:LONGEST], f"This is no page. {there}", remedy)
        try:
            return paginator.page(number)
        except InvalidPage:
            problem = Problem("page", number, there, "Ask for one of these, or for `last`.")
            raise NotFound(f"There is no page {number}.", problems=[problem]) from None

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None
        response = Response(data)
        response.meta = {  # type: ignore[attr-defined]
            "page": {
                "number": self.page.number,
                "count": self.page.paginator.count,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
            }
        }
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return schema
