"""The page of the security settings, and those on which a person changes the phone."""

import secrets
from functools import wraps
from typing import Any, Callable

import ringfence
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from ringfence import Flow, FlowStep, FlowView, Method, NextStep

from .calls import call_of
from .forms import FORMS
from .host import service

View = Callable[[HttpRequest], HttpResponse]


def refusals_told(view: View) -> View:
    """What is refused is told to the person by what comes next; what only we can mend is an error of the server."""

    @wraps(view)
    def told(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except ringfence.Limited as e:
            messages.error(request, f"Too many or too soon. Come back at {e.retry_time:%H:%M:%S} UTC.")
        except ringfence.ManagedElsewhere as e:
            return redirect(e.link) if e.link else HttpResponse("managed elsewhere", status=409)
        except ringfence.RingfenceError as e:
            if e.next is NextStep.FIX_SETUP:
                raise
            if e.next is NextStep.RESTART_FLOW:
                request.session.pop("flow", None)
            messages.error(request, WORDS.get(type(e), "That did not work."))
        return redirect("phone" if "flow" in request.session else "settings")

    return told


# In the words of the site; `e.text` is for who develops.
WORDS: dict[type[ringfence.RingfenceError], str] = {
    ringfence.InvalidNumber: "That is not a telephone number.",
    ringfence.NumberTypeNotAllowed: "Numbers of this kind are not taken.",
    ringfence.RegionNotAllowed: "Numbers of this country are not taken.",
    ringfence.SameAddress: "That is your present number.",
    ringfence.MethodUnavailable: "Choose the other way to prove who you are.",
    ringfence.NoMethodAvailable: "None of your channels can prove who you are. Please write to our support.",
    ringfence.AccountLocked: "Your account is locked. Please write to our support.",
    ringfence.FlowExpired: "That took too long. Please begin again.",
    ringfence.FlowNotFound: "Please begin again.",
    ringfence.SessionMismatch: "Please begin again.",
}


def account_of(request: HttpRequest) -> str:
    return str(request.user.pk)


def flow_of(request: HttpRequest) -> Flow:
    return service().flow(request.session.get("flow", ""))


@login_required
@require_GET
@refusals_told
def settings(request: HttpRequest) -> HttpResponse:
    view = service().settings(account_of(request), call_of(request))
    return render(request, "security/settings.html", {"view": view, **form_id()})


@login_required
@require_POST
@refusals_told
def begin(request: HttpRequest) -> HttpResponse:
    method = Method.EMAIL if request.POST.get("method") == "email" else Method.PHONE
    request.session["flow"] = service().begin_change_phone(account_of(request), method, call_of(request)).handle
    return redirect("phone")


@login_required
@require_http_methods(["GET", "POST"])
@refusals_told
def phone(request: HttpRequest) -> HttpResponse:
    if "flow" not in request.session:
        return redirect("settings")
    call = call_of(request)
    flow = flow_of(request)
    # Nothing is remembered of where the person is: the flow knows.
    view = flow.refresh(ringfence.Call(call.session, call.source, trace_id=call.trace_id))
    if view.step not in FORMS:
        return ended(request, view)
    form = FORMS[view.step](request.POST or None)
    if request.method == "POST" and form.is_valid():
        view = done(flow, view.step, form.cleaned_data, call)
        if view.verdict is ringfence.Verdict.REJECTED:
            messages.error(request, f"That is not the code. {view.tries_left} tries left.")
        elif view.verdict is ringfence.Verdict.NO_LIVE_CODE:
            messages.error(request, "That code is no longer valid. Ask for another one.")
        return redirect("phone")
    return render(request, "security/phone.html", {"view": view, "form": form, **form_id()})


def done(flow: Flow, step: FlowStep, given: dict[str, Any], call: ringfence.Call) -> FlowView:
    """Takes the step that the form is for."""
    if step is FlowStep.PROVE_IDENTITY:
        return flow.prove_identity(given["code"], call)
    if step is FlowStep.SET_TARGET:
        return flow.set_target(given["number"], given["region"].upper(), call)
    if step is FlowStep.PROVE_TARGET:
        return flow.prove_target(given["code"], call, accept_verification_only=False)
    return flow.confirm_target(call)


def ended(request: HttpRequest, view: FlowView) -> HttpResponse:
    request.session.pop("flow", None)
    return render(request, "security/ended.html", {"view": view})


@login_required
@require_POST
@refusals_told
def resend(request: HttpRequest) -> HttpResponse:
    flow_of(request).resend(call_of(request))
    return redirect("phone")


@login_required
@require_POST
@refusals_told
def cancel(request: HttpRequest) -> HttpResponse:
    flow_of(request).cancel(call_of(request))
    request.session.pop("flow", None)
    return redirect("settings")


def form_id() -> dict[str, str]:
    return {"request_id": secrets.token_hex(16)}
