"""The shapes of recommendations and actions in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from performance.actions.registry import Action, action_called, declared
from performance.models import ActionRun, Recommendation, Verdict
from valor.lib.fields import Strict, Text

MOST_ACTIONS = 20


class EvidenceSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    figure = serializers.CharField()


class RecommendationSerializer(serializers.ModelSerializer[Recommendation]):
    """What is wrong, why, what to do, and how sure that is."""

    evidence = serializers.SerializerMethodField()
    dismissed_by = serializers.CharField(source="dismissed_by.username", allow_null=True, default=None)
    needs_confirmation = serializers.SerializerMethodField(help_text="Whether applying it takes confirm: true.")

    class Meta:
        model = Recommendation
        fields = (
            *("id", "rule", "subject", "area", "host", "state", "score", "title", "cause", "cure", "evidence"),
            *("effect", "effort", "explains", "action", "parameters", "needs_confirmation", "first_seen", "last_seen"),
            *("opened_at", "dismissed_at", "dismissed_by", "applied_at", "closed_at"),
        )

    @extend_schema_field(EvidenceSerializer(many=True))
    def get_evidence(self, row: Recommendation) -> list[dict[str, str]]:
        return [{"label": label, "figure": figure} for label, figure in row.evidence]

    def get_needs_confirmation(self, row: Recommendation) -> bool:
        return bool(row.action) and not action_called(row.action).safe


class ApplySerializer(Strict):
    confirm = serializers.BooleanField(default=False)


class AskedActionSerializer(Strict):
    """One of /api/performance/actions/, by name or with its parameters."""

    action = Text(max_length=50)
    parameters = serializers.DictField(default=dict)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value({"action": data} if isinstance(data, str) else data)


class OptimizeSerializer(Strict):
    """A misspelt ``dry_run`` is refused: else what was only to be looked at would be done."""

    actions = AskedActionSerializer(many=True, required=False, allow_empty=False)
    dry_run = serializers.BooleanField(default=False, help_text="Only say what would be done.")
    confirm = serializers.BooleanField(default=False, help_text="For what can't be undone or holds others up.")

    def validate_actions(self, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(asked) > MOST_ACTIONS:
            raise serializers.ValidationError(f"At most {MOST_ACTIONS} actions at once.")
        for entry in asked:
            action_called(entry["action"], "actions")
        return asked


class MeasureSerializer(serializers.Serializer[Any]):
    words = serializers.CharField()
    unit = serializers.CharField()
    lower_is_better = serializers.BooleanField(source="lower")
    relative_noise = serializers.FloatField(source="relative", help_text="A change within this share is no effect.")
    absolute_noise = serializers.FloatField(source="absolute", help_text="Nor is one of at most this much.")


class ActionSerializer(serializers.Serializer[Any]):
    """Something that can be done."""

    name = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    effect = serializers.CharField(help_text="What to expect.")
    safe = serializers.BooleanField(help_text="False: it takes confirm: true.")
    caution = serializers.CharField(help_text="Why it needs to be confirmed.")
    parameters = serializers.DictField(source="fields", child=serializers.CharField(), help_text="What each names.")
    optional = serializers.SerializerMethodField(help_text="Parameters that may be left out.")
    measure = MeasureSerializer()
    settles_seconds = serializers.SerializerMethodField(help_text="Until its effect is measured.")
    unavailable = serializers.CharField(help_text="Why it can't be done here; empty where it can.")

    def get_optional(self, action: Action) -> list[str]:
        return sorted(action.optional)

    def get_settles_seconds(self, action: Action) -> float:
        return action.settles.total_seconds()


class TakenSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    note = serializers.CharField()
    at = serializers.DateTimeField()


class ActionRunSerializer(serializers.ModelSerializer[ActionRun]):
    """What was done; the verdict is empty until the effect was measured."""

    title = serializers.SerializerMethodField()
    before = TakenSerializer(allow_null=True)
    after = TakenSerializer(allow_null=True)
    verdict = serializers.ChoiceField(Verdict.choices, allow_blank=True)
    requested_by = serializers.CharField(source="requested_by.username", allow_null=True, default=None)

    class Meta:
        model = ActionRun
        fields = (
            *("id", "action", "title", "parameters", "recommendation", "job_id", "requested_by", "requested_at"),
            *(
                "began_at",
                "done_at",
                "due_at",
                "finished_at",
                "measure",
                "unit",
                "before",
                "after",
                "verdict",
                "outcome",
            ),
        )

    def get_title(self, row: ActionRun) -> str:
        action = declared().get(row.action)
        return action.title if action else row.action


class ActionsSerializer(serializers.Serializer[Any]):
    actions = ActionSerializer(many=True)
    runs = ActionRunSerializer(many=True, help_text="The last twenty.")


class LeftOutSerializer(serializers.Serializer[Any]):
    action = serializers.CharField()
    reason = serializers.CharField()


class AppliedSerializer(serializers.Serializer[Any]):
    runs = ActionRunSerializer(many=True)
    left_out = LeftOutSerializer(many=True, help_text="Of all safe ones those that could not be begun just now.")


class PlanSerializer(serializers.Serializer[Any]):
    """What an action would do."""

    action = serializers.CharField(source="action.name")
    title = serializers.CharField(source="action.title")
    parameters = serializers.DictField()
    steps = serializers.ListField(child=serializers.CharField())
    expected_effect = serializers.CharField(source="action.effect")
    measure = serializers.CharField(source="action.measure.words")
    safe = serializers.BooleanField(source="action.safe")
    refusal = serializers.CharField(help_text="Why it would not be begun; empty where it would.")
