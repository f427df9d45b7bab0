from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenVerifySerializer

from valor.accounts.roles import ANALYST, OPERATOR, roles_of


class AccountSerializer(serializers.Serializer[Any]):
    """Who the caller is."""

    id = serializers.IntegerField()
    username = serializers.CharField(source="get_username")
    email = serializers.CharField()
    roles = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField([ANALYST, OPERATOR])))
    def get_roles(self, user: Any) -> list[str]:
        return roles_of(user)


class VerifySerializer(TokenVerifySerializer):
    """A blacklisted token is as invalid as any other: 401, not a fault of the field."""

    def validate(self, attrs: dict[str, Any]) -> dict[Any, Any]:
        try:
            return super().validate(attrs)
        except serializers.ValidationError:
            raise TokenError("This token was given back or used up: sign in again.") from None
