"""What all calls share: JSON in, JSON out, and the order of the refusals: 401, 404, 403, then the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotAuthenticated, NotFound, ParseError, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from governance import reading
from governance.api import once
from governance.finding import found
from governance.models import KeptAnswer, Scope
from rfcs.models import RFC

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NUMBER = re.compile(r"(?:RFC-)?([0-9]{1,18})", re.IGNORECASE)


class UTF8JSON(JSONParser):
    """JSON in UTF-8, the only encoding it has; nesting that Python cannot follow is malformed, not a defect."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return json.loads(stream.read().decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {error}.") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a value of JSON")


class OneAnswer(DefaultContentNegotiation):
    """Each address answers in one format, whatever is asked for."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        only = next(iter(renderers))
        return only, str(only.media_type)


class Endpoint(APIView):
    parser_classes: Sequence[type[BaseParser]] = (UTF8JSON,)
    content_negotiation_class = OneAnswer
    scopes: ClassVar[Mapping[str, Scope]] = {}
    """Methods that need another scope than `read` and `write`."""
    own: ClassVar[bool] = False
    """Whether it changes nothing but what the caller chose or told for themselves; auditors may then, too."""

    _claimed: KeptAnswer | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """With an `Idempotency-Key`, the key, the effect and the answer are one transaction."""
        if not once.is_asked(request):
            return super().dispatch(request, *args, **kwargs)
        with transaction.atomic():
            answer = super().dispatch(request, *args, **kwargs)
            if self._claimed is not None:
                once.end(self._claimed, answer)
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if once.is_asked(request._request):
            self._claimed = once.begin(request)

    def handle_exception(self, exc: Exception) -> Response:
        return exc.answer() if isinstance(exc, once.Kept) else super().handle_exception(exc)

    @property
    def person(self) -> User:
        user = self.request.user
        assert user.is_authenticated
        return user


class OfRFC(Endpoint):
    """A call about one RFC: it is found, among those visible to this person, before any right is asked."""

    rfc: RFC

    def check_permissions(self, request: Request) -> None:
        if not request.user.is_authenticated:
            raise NotAuthenticated
        self.rfc = find(self.kwargs["number"], request.user)
        super().check_permissions(request)
        reading.note(request.user, what=request.path, on=self.rfc.stream)

    @property
    def stream(self) -> str:
        return self.rfc.stream


class Nowhere(Endpoint):
    """Any other address below v1/."""

    schema = None

    def check_permissions(self, request: Request) -> None:
        if not request.user.is_authenticated:
            raise NotAuthenticated
        raise NotFound("There is no such address; /api/docs/ lists them all.")


def find(number: str, user: User) -> RFC:
    """The RFC `RFC-0042`, or `42`, with all that an answer shows of it."""
    digits = NUMBER.fullmatch(number)
    rfc = found(int(digits[1]), by=user) if digits else None
    if rfc is None:
        raise NotFound("There is no RFC of this number, or it is not visible to you.")
    return rfc


def body(shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """What the body says, checked; raises the errors of every field."""
    return checked(shape(data=request.data))


def query(shape: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """What the query string says; a parameter that is unknown or given twice is an error."""
    twice = [name for name, values in request.query_params.lists() if len(values) > 1]
    if twice:
        raise ValidationError({name: ["Give this parameter once."] for name in twice})
    return checked(shape(data=request.query_params.dict()))


def checked(form: Serializer[Any]) -> dict[str, Any]:
    """What a filled shape says; raises the errors of every field."""
    form.is_valid(raise_exception=True)
    said: dict[str, Any] = form.validated_data
    return said
