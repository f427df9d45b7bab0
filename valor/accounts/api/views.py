"""Tokens, and who the caller is."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt import views as simplejwt
from rest_framework_simplejwt.exceptions import InvalidToken

from valor.accounts.api.serializers import AccountSerializer, VerifySerializer
from valor.accounts.limits import SignInRateLimit


@extend_schema(summary="Get an access and a refresh token", tags=["token"])
class ObtainToken(simplejwt.TokenObtainPairView):
    """An access token for 15 minutes and a refresh token for 7 days, for a name and its password."""

    throttle_classes = [SignInRateLimit]


@extend_schema(summary="Renew both tokens", tags=["token"])
class RefreshToken(simplejwt.TokenRefreshView):
    """A new pair for a refresh token, which is used up by this."""

    throttle_classes = [SignInRateLimit]

    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        try:
            return super().post(request, *args, **kwargs)
        except ObjectDoesNotExist:
            raise InvalidToken("The account of this token is gone: sign in with another.") from None


@extend_schema(summary="Ask whether a token is valid", tags=["token"])
class VerifyToken(simplejwt.TokenVerifyView):
    """200 for a valid token, 401 for any other."""

    serializer_class = VerifySerializer
    throttle_classes = [SignInRateLimit]


@extend_schema(summary="Give a refresh token back", tags=["token"])
class BlacklistToken(simplejwt.TokenBlacklistView):
    """The refresh token stops working: the API's sign-out."""

    throttle_classes = [SignInRateLimit]


class AccountView(APIView):
    @extend_schema(summary="Who you are and which roles you hold", responses=AccountSerializer, tags=["account"])
    def get(self, request: Request) -> Response:
        return Response(AccountSerializer(request.user).data)
