"""POST /approvals/12/sign-off/: one position, signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from approvals import freshness, rounds
from approvals.forms import SignOffForm
from approvals.freshness import Proof
from approvals.models import Round, SignOff
from approvals.panel import panel
from approvals.positions import Position
from rfcs.errors import Kind, Reason, Refused
from rfcs.events import attempt
from rfcs.models import RFC

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
    visible = RFC.objects.visible_to(request.user)
    round_ = get_object_or_404(Round.objects.select_related("rfc"), pk=pk, rfc__in=visible)
    if request.method == "GET":
        return redirect("rfc-sign-offs", round_.rfc.number)
    form = SignOffForm(request.POST)
    if not form.is_valid():
        return _again(request, round_, form, _form_reasons(form), status=422)
    try:
        signed = _sign(request, round_, form.cleaned_data)
    except Refused as refusal:
        return _again(request, round_, form, refusal.reasons, status=refusal.status)
    messages.success(request, f"Signed: {Position(signed.position).label} for the {signed.team_name}.")
    return redirect("rfc-sign-offs", round_.rfc.number)


def _sign(request: HttpRequest, round_: Round, wanted: dict[str, str]) -> SignOff:
    proof = Proof(*(wanted.pop(name) for name in PROOFS))
    user = cast("User", request.user)
    if proof.is_given and not freshness.renew(request, proof):
        with attempt("sign.password", actor=user, on=round_.rfc.stream):
            raise Refused(WRONG_PASSWORD if proof.password else WRONG_PROOF)
    return rounds.sign(round_, by=user, authenticated_at=freshness.given_at(request), **wanted)


def _form_reasons(form: SignOffForm) -> tuple[Reason, ...]:
    named = ((name, error) for name, errors in form.errors.items() for error in errors)
    return tuple(Reason("malformed", str(error), field=name, who="you", kind=Kind.NOT_READY) for name, error in named)


def _again(
    request: HttpRequest, round_: Round, form: SignOffForm, reasons: tuple[Reason, ...], *, status: int
) -> HttpResponse:
    rfc = RFC.objects.select_related("revision", "owner").get(pk=round_.rfc_id)
    asks_password = any(reason.kind == Kind.UNAUTHENTICATED for reason in reasons)
    typed = {key: value for key, value in form.data.items() if key not in PROOFS}
    has_changed = any(reason.code == "digest_mismatch" for reason in reasons)
    if has_changed:
        typed.pop("position", None)  # what was said of the other text is said again, or not
    context: dict[str, Any] = {
        "rfc": rfc,
        "ways": freshness.ways(cast("User", request.user)) if asks_password else None,
        "has_changed": has_changed,
        "panel": panel(rfc, cast("User", request.user), is_fresh=not asks_password),
        "typed": typed,
        "reasons": reasons,
    }
    return render(request, "approvals/round.html", context, status=status)
