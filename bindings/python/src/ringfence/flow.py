"""A flow: proofs, then an effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from . import _native, values
from ._library import lib
from .enums import Route
from .values import Call, FlowView

if TYPE_CHECKING:
    from .service import Service


class Flow:
    """A flow of an account, which belongs to a session of the host: each call wants that session.

    ``handle`` names the flow in any process that has the same store: keep it, e.g. in the session, and
    ``Service.flow`` has the flow again. It is not a secret.

    Each step returns the view of the flow, with its verdict, and keeps it as ``view``. Each refuses with
    ``FlowNotFound``, ``SessionMismatch``, ``AccountClosed``, ``ManagedElsewhere``, ``AccountLocked``, ``FlowExpired``,
    ``WrongStep``.
    """

    __slots__ = ("_service", "_view", "_text", "handle")

    def __init__(self, service: Service, handle: str, view: Optional[FlowView] = None) -> None:
        self._service = service
        self._view = view
        self._text = _native.text(handle, "the handle of a flow")
        self.handle = handle

    def __repr__(self) -> str:
        return f"Flow({self.handle!r})"

    @property
    def view(self) -> FlowView:
        """The flow as the last step of this object saw it. One that was only resumed has seen nothing: ``refresh``."""
        if self._view is None:
            raise LookupError("nothing is known of this flow yet: call refresh")
        return self._view

    def _step(self, function: Any, *arguments: Any) -> FlowView:
        self._view = view = values.FLOW_VIEW.of(function, self._service._c, self._text, *arguments)
        return view

    def prove_identity(self, code: str, call: Call) -> FlowView:
        """Presents the code that went to an own channel, as the person typed it. A wrong one is a verdict, and is
        charged. Refuses also with ``Limited``, ``KeyMissing``, ``MethodUnavailable``, ``RiskRefused``."""
        return self._step(lib.ringfence_service_prove_identity, _native.text(code, "a code"), values.call_struct(call))

    def set_target(self, target: str, region: str, call: Call) -> FlowView:
        """Sets the new address, or corrects it, and sends a code there. ``region`` is the country in which a number
        was typed, e.g. ``CN``; may be empty. Refuses also with ``InvalidNumber``, ``NumberTypeNotAllowed``,
        ``RegionNotAllowed``, ``InvalidEmail``, ``SameAddress``, ``Limited``, ``RiskRefused``."""
        input, _keep = values.input_struct(target, region)
        return self._step(lib.ringfence_service_set_target, input, values.call_struct(call))

    def prove_target(self, code: str, call: Call, *, accept_verification_only: bool = True) -> FlowView:
        """Presents the code that went to the target. Right: the flow has its effect. ``accept_verification_only``: if
        another account is associated with the address, go on, or wait in ``CONFIRM_TARGET``. Refuses also with
        ``Limited``, ``KeyMissing``, ``RiskRefused``, ``AddressAtCapacity``."""
        return self._step(
            lib.ringfence_service_prove_target,
            _native.text(code, "a code"),
            _native.flag(accept_verification_only, "accept_verification_only"),
            values.call_struct(call),
        )

    def confirm_target(self, call: Call) -> FlowView:
        """Goes on from ``CONFIRM_TARGET``."""
        return self._step(lib.ringfence_service_confirm_target, values.call_struct(call))

    def resend(self, call: Call, route: Route = Route.TEXT) -> FlowView:
        """Sends a fresh code in place of the live one. Refuses also with ``Limited``, ``RiskRefused``,
        ``MethodUnavailable``."""
        return self._step(lib.ringfence_service_resend, _native.number32(route, "a route"), values.call_struct(call))

    def cancel(self, call: Call) -> FlowView:
        """Ends the flow without an effect."""
        return self._step(lib.ringfence_service_cancel, values.call_struct(call))

    def refresh(self, call: Call) -> FlowView:
        """Looks where the flow is."""
        return self._step(lib.ringfence_service_view, values.call_struct(call))
