"""POST /approvals/12/sign-off/: one position, signed; and what its owner or a lead says to a concern."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from approvals import concerns, freshness, rounds
from approvals.forms import ReplyForm, SignOffForm
from approvals.freshness import Proof
from approvals.models import Reply, Round, SignOff
from approvals.panel import panel
from approvals.positions import Position
from rfcs.compiled import Compiled, Place
from rfcs.errors import Kind, Reason, Refused
from rfcs.events import attempt
from rfcs.models import RFC
from rfcs.models.record import TELLING
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WRONG_PASSWORD = Reason(
    "wrong_password", "That password is not right; try again.", "password", "you", Kind.UNAUTHENTICATED
)
WRONG_PROOF = Reason(
    "wrong_proof", "That code or passkey is not right; try again.", "code", "you", Kind.UNAUTHENTICATED
)
PROOFS = ("password", "code", "credential")


@require_http_methods(["GET", "POST"])
def sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign, or show the panel again with every reason, the status of the refusal, and all that was typed."""
    user = cast("User", request.user)
    round_ = _shown_to(teams_of(user) & TELLING).first(pk, user.pk)
    if round_ is None:
        raise Http404(f"Round {pk} is not there, or not visible to this person.")
    if request.method == "GET":
        return redirect("rfc-sign-offs", round_.rfc.number)
    form = SignOffForm(request.POST)
    if not form.is_valid():
        return _again(request, round_, form, reasons=_form_reasons(form), status=422)
    try:
        signed = _sign(request, round_, form.cleaned_data)
    except Refused as refusal:
        return _again(request, round_, form, reasons=refusal.reasons, status=refusal.status)
    behalf = f", on behalf of {display_name(signed.on_behalf_of)}" if signed.on_behalf_of else ""
    decided = "" if signed.round.is_open else f" {round_.rfc.number} is {signed.round.result}."
    messages.success(request, f"Signed: {Position(signed.position).label} for the {signed.team_name}{behalf}.{decided}")
    return redirect("rfc-sign-offs", round_.rfc.number)


@lru_cache
def _shown_to(teams: frozenset[str]) -> Compiled[Round]:
    def row(pk: Place, person: Place) -> QuerySet[Round]:
        return Round.objects.filter(pk=pk, rfc__in=RFC.objects.visible_from(teams, person)).select_related("rfc")

    return Compiled(row)


def _sign(request: HttpRequest, round_: Round, wanted: dict[str, Any]) -> SignOff:
    _renew(request, round_.rfc, Proof(*(wanted.pop(name) for name in PROOFS)))
    user = cast("User", request.user)
    return rounds.sign(round_, by=user, authenticated_at=freshness.given_at(request), **wanted)


def _renew(request: HttpRequest, rfc: RFC, proof: Proof) -> None:
    if proof.is_given and not freshness.renew(request, proof):
        with attempt("sign.password", actor=cast("User", request.user), on=rfc.stream):
            raise Refused(WRONG_PASSWORD if proof.password else WRONG_PROOF)


@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    return _reply(request, pk, "answer", _answer, "Answered; whoever raised the concern is told.")


@require_http_methods(["GET", "POST"])
def override(request: HttpRequest, pk: int) -> HttpResponse:
    return _reply(request, pk, "override", _override, "The concern is overridden, with your reason on record.")


def _answer(request: HttpRequest, concern: SignOff, said: dict[str, str]) -> Reply:
    return concerns.answer(concern, by=cast("User", request.user), text=said["text"])


def _override(request: HttpRequest, concern: SignOff, said: dict[str, str]) -> Reply:
    _renew(request, concern.round.rfc, Proof.read(said))
    at = freshness.given_at(request)
    return concerns.override(concern, by=cast("User", request.user), reason=said["text"], authenticated_at=at)


Verb = Callable[[HttpRequest, SignOff, dict[str, str]], Reply]


def _reply(request: HttpRequest, pk: int, name: str, verb: Verb, done: str) -> HttpResponse:
    """One verb about one concern, or the panel again with every reason beside that concern."""
    visible = RFC.objects.visible_to(request.user)
    concern = get_object_or_404(SignOff.objects.select_related("round__rfc", "signer"), pk=pk, round__rfc__in=visible)
    if request.method == "GET":
        return redirect("rfc-sign-offs", concern.round.rfc.number)
    form = ReplyForm(request.POST)
    refused: dict[str, Any] = {"concern": pk, "verb": name}
    if not form.is_valid():
        return _again(request, concern.round, form, reply=refused | {"reasons": _form_reasons(form)}, status=422)
    try:
        verb(request, concern, form.cleaned_data)
    except Refused as refusal:
        reply = refused | {"reasons": refusal.reasons}
        return _again(request, concern.round, form, reply=reply, status=refusal.status)
    messages.success(request, done)
    return redirect("rfc-sign-offs", concern.round.rfc.number)


def _form_reasons(form: SignOffForm | ReplyForm) -> tuple[Reason, ...]:
    named = ((name, error) for name, errors in form.errors.items() for error in errors)
    return tuple(Reason("malformed", str(error), field=name, who="you", kind=Kind.NOT_READY) for name, error in named)


def _again(
    request: HttpRequest,
    round_: Round,
    form: SignOffForm | ReplyForm,
    *,
    reasons: tuple[Reason, ...] = (),
    reply: dict[str, Any] | None = None,
    status: int,
) -> HttpResponse:
    """The panel with what was typed. `reply`: concern, verb and reasons of a refused answer or override."""
    rfc = RFC.objects.select_related("revision", "owner").get(pk=round_.rfc_id)
    against = (*reasons, *(reply["reasons"] if reply else ()))
    asks_password = any(reason.kind == Kind.UNAUTHENTICATED for reason in against)
    typed = {key: value for key, value in form.data.items() if key not in PROOFS}
    has_changed = any(reason.code == "digest_mismatch" for reason in reasons)
    if has_changed:
        typed.pop("position", None)  # what was said of the other text is said again, or not
    context: dict[str, Any] = {
        "rfc": rfc,
        "ways": freshness.ways(cast("User", request.user)) if asks_password else None,
        "has_changed": has_changed,
        "panel": panel(rfc, cast("User", request.user), is_fresh=not asks_password, typed=typed),
        "typed": typed,
        "reasons": reasons,
        "errors": {reason.field: reason.message for reason in reasons},
        "reply": reply,
    }
    return render(request, "approvals/round.html", context, status=status)
