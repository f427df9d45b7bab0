"""Recommendations and actions, for operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from performance.actions import services as actions
from performance.actions.errors import NothingToDo
from performance.actions.filters import ActionRunFilter
from performance.actions.registry import action_called, declared, safe_actions
from performance.actions.selectors import plan_of, runs
from performance.api.advice_serializers import (
    ActionRunSerializer,
    ActionsSerializer,
    AppliedSerializer,
    ApplySerializer,
    OptimizeSerializer,
    PlanSerializer,
    RecommendationSerializer,
)
from performance.models import ActionRun, Recommendation
from performance.recommendations import services
from performance.recommendations.filters import RecommendationFilter
from performance.recommendations.selectors import recommendation, recommendations
from valor.accounts.roles import IsOperator

ACCEPTED = OpenApiResponse(
    AppliedSerializer,
    "Queued; `Location` is where the job of the first stands, `runs` names each with its own `job_id`.",
)
CONFIRM = OpenApiResponse(description="It needs to be confirmed: send `confirm: true`.")
NEWEST = 20
CONFLICT = OpenApiResponse(description="There is nothing to apply, or the same runs already.")


class Recommendations(ListAPIView):
    permission_classes = [IsOperator]
    serializer_class = RecommendationSerializer
    filterset_class = RecommendationFilter

    def get_queryset(self) -> QuerySet[Recommendation]:
        return recommendations()

    @extend_schema(
        operation_id="performance_recommendations",
        summary="What would help, the best first",
        description="Of every state; `state=open` for what is true now.",
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class RecommendationDetail(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_recommendation",
        summary="One recommendation: cause, cure, evidence",
        responses=RecommendationSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(RecommendationSerializer(recommendation(pk)).data)


class RecommendationDismiss(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_recommendation_dismiss",
        summary="Not to be told again until the evidence doubles or comes back",
        request=None,
        responses={200: RecommendationSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response(RecommendationSerializer(services.dismiss(recommendation(pk), by=request.user)).data)


class RecommendationRestore(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_recommendation_restore",
        summary="Take a dismissal back",
        request=None,
        responses={200: RecommendationSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response(RecommendationSerializer(services.restore(recommendation(pk))).data)


class RecommendationApply(APIView):
    permission_classes = [IsOperator]
    rate_class = "heavy"

    @extend_schema(
        operation_id="performance_recommendation_apply",
        summary="Do what it recommends, as a job",
        request=ApplySerializer,
        responses={202: ACCEPTED, 409: CONFLICT, 422: CONFIRM},
    )
    def post(self, request: Request, pk: int) -> Response:
        asked = ApplySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        found = recommendation(pk)
        return accepted([services.apply(found, by=request.user, confirm=asked.validated_data["confirm"])])


class Actions(APIView):
    permission_classes = [IsOperator]

    @extend_schema(
        operation_id="performance_actions",
        summary="What can be done, and what the last actions achieved",
        description="Each action with its parameters, what is measured, and whether it needs to be confirmed.",
        responses=ActionsSerializer,
    )
    def get(self, request: Request) -> Response:
        document = {"actions": list(declared().values()), "runs": runs()[:NEWEST]}
        return Response(ActionsSerializer(document).data)


class ActionRuns(ListAPIView):
    permission_classes = [IsOperator]
    serializer_class = ActionRunSerializer
    filterset_class = ActionRunFilter

    def get_queryset(self) -> QuerySet[ActionRun]:
        return runs()

    @extend_schema(operation_id="performance_action_runs", summary="What was done, with the measure before and after")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class Optimize(APIView):
    permission_classes = [IsOperator]
    rate_class = "heavy"

    @extend_schema(
        operation_id="performance_optimize",
        summary="Do some actions, or say what they would do",
        description=(
            "Without `actions` all that are safe and need no parameter; those at work already, or whose effect is "
            "being measured still, are left out and named in `left_out`. `dry_run` answers the plan."
        ),
        request=OptimizeSerializer,
        responses={200: PlanSerializer(many=True), 202: ACCEPTED, 409: CONFLICT, 422: CONFIRM},
        examples=[
            OpenApiExample("A plan", {"actions": ["optimize_database"], "dry_run": True}, request_only=True),
            OpenApiExample(
                "One table",
                {"actions": [{"action": "optimize_database", "parameters": {"table": "tasks_job"}}]},
                request_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        form = OptimizeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        wanted = [(entry["action"], entry["parameters"]) for entry in asked["actions"]] if "actions" in asked else None
        if asked["dry_run"]:
            chosen = [(action.name, {}) for action in safe_actions()] if wanted is None else wanted
            plans = [plan_of(action_called(name, "actions"), parameters) for name, parameters in chosen]
            return Response(PlanSerializer(plans, many=True).data)
        if wanted is not None:
            return accepted(begin(wanted, request.user, asked["confirm"]))
        queued, left_out = actions.request_safe(by=request.user)
        if not queued:
            raise NothingToDo
        return accepted(queued, left_out)


@transaction.atomic
def begin(wanted: list[tuple[str, Mapping[str, Any]]], by: Any, confirm: bool) -> list[ActionRun]:
    """All of them or none."""
    return [actions.request(name, parameters, by=by, confirm=confirm) for name, parameters in wanted]


def accepted(found: list[ActionRun], left_out: Mapping[str, str] | None = None) -> Response:
    headers = {"Location": reverse("api-job", args=[found[0].job_id]), "Retry-After": "1"}
    told = {"runs": found, "left_out": [{"action": name, "reason": why} for name, why in (left_out or {}).items()]}
    return Response(AppliedSerializer(told).data, status=status.HTTP_202_ACCEPTED, headers=headers)
