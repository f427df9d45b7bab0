"""Answers that several views give."""

from __future__ import annotations

from django.urls import reverse
from rest_framework.response import Response

from modeling.api.serializers import ValuationDetailSerializer
from modeling.models import Valuation


def created(valuation: Valuation) -> Response:
    """201 with the new valuation, and where it is."""
    response = Response(ValuationDetailSerializer(valuation).data, status=201)
    response.headers["Location"] = reverse("api-valuation", args=[valuation.pk])
    return response
