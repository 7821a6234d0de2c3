"""The same service with calls that can be awaited.

    rf = aio.Service(ringfence.Service(url, keys=keys, sender=Gateway()))
    flow = await rf.begin_change_phone(user_id, Method.PHONE, call)
    view = await flow.prove_identity(code, call)

The library waits for its store, so each call runs in a thread of an executor; what it is given and what it returns and
raises is as in :class:`ringfence.Service`.

Cancelling: who awaits is woken at once, but the call goes on in its thread until it ends, and what it does happens. A
call with a ``request_id`` may be made again to learn what came of it. Bound the wait by ``Call.timeout`` rather than by
cancelling: then the outcome is known.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Coroutine
from concurrent.futures import Executor
from typing import Any, Callable, Concatenate, Optional, ParamSpec, TypeVar, Union

from . import dispatcher, service
from . import flow as flows
from .plugins import Store
from .policy import Policy
from .values import Call, DeliveryHealth, FlowView, Grant

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Awaitable:
    """What stands in front of an object whose calls wait."""

    __slots__ = ("_executor", "_waits")

    def __init__(self, waits: Any, executor: Optional[Executor]) -> None:
        self._waits = waits
        self._executor = executor

    async def _run(self, function: Callable[..., _R], *arguments: Any, **named: Any) -> _R:
        # What is plugged in sees the context of who awaits.
        context = contextvars.copy_context()

        def call() -> _R:
            return context.run(function, self._waits, *arguments, **named)

        return await asyncio.get_running_loop().run_in_executor(self._executor, call)


def _awaited(function: Callable[Concatenate[Any, _P], _R]) -> Callable[Concatenate[Any, _P], Coroutine[Any, Any, _R]]:
    """The same method, to be awaited."""

    @functools.wraps(function)
    async def awaited(self: _Awaitable, /, *arguments: Any, **named: Any) -> _R:
        return await self._run(function, *arguments, **named)

    return awaited


def _begins(
    function: Callable[Concatenate[Any, _P], flows.Flow],
) -> Callable[Concatenate[Any, _P], Coroutine[Any, Any, Flow]]:
    """The same method, to be awaited, that gives a flow whose steps are to be awaited."""

    @functools.wraps(function)
    async def awaited(self: _Awaitable, /, *arguments: Any, **named: Any) -> Flow:
        return Flow(await self._run(function, *arguments, **named), self._executor)

    return awaited


class Flow(_Awaitable):
    """:class:`ringfence.Flow`, with steps that can be awaited."""

    __slots__ = ()

    def __init__(self, flow: flows.Flow, executor: Optional[Executor] = None) -> None:
        super().__init__(flow, executor)

    @property
    def handle(self) -> str:
        return str(self._waits.handle)

    @property
    def view(self) -> FlowView:
        """The flow as the last step that ended saw it."""
        flow: flows.Flow = self._waits
        return flow.view

    prove_identity = _awaited(flows.Flow.prove_identity)
    set_target = _awaited(flows.Flow.set_target)
    prove_target = _awaited(flows.Flow.prove_target)
    confirm_target = _awaited(flows.Flow.confirm_target)
    resend = _awaited(flows.Flow.resend)
    cancel = _awaited(flows.Flow.cancel)
    refresh = _awaited(flows.Flow.refresh)


class Dispatcher(_Awaitable):
    """:class:`ringfence.Dispatcher`, to be awaited."""

    __slots__ = ()

    def __init__(self, waits: dispatcher.Dispatcher, executor: Optional[Executor] = None) -> None:
        super().__init__(waits, executor)

    pump = _awaited(dispatcher.Dispatcher.pump)
    pump_all = _awaited(dispatcher.Dispatcher.pump_all)
    drain = _awaited(dispatcher.Dispatcher.drain)
    given_up = _awaited(dispatcher.Dispatcher.given_up)
    retry = _awaited(dispatcher.Dispatcher.retry)

    def health(self) -> DeliveryHealth:
        """Asks nothing of a store, and so does not wait."""
        waits: dispatcher.Dispatcher = self._waits
        return waits.health()


class Service(_Awaitable):
    """:class:`ringfence.Service`, with calls that can be awaited. ``executor`` is where they run; left out it is the
    event loop's own. ``async with`` closes the service."""

    __slots__ = ()

    def __init__(self, waits: service.Service, executor: Optional[Executor] = None) -> None:
        if not isinstance(waits, service.Service):
            kind = type(waits).__name__
            raise TypeError(f"waits is a service, aio.Service(ringfence.Service(...)), not {kind}")
        super().__init__(waits, executor)

    async def __aenter__(self) -> Service:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._run(service.Service.close)

    close = _awaited(service.Service.close)

    # What does not wait.

    @property
    def store(self) -> Store:
        """Its methods wait: run them in a thread."""
        store: Store = self._waits.store
        return store

    @property
    def dispatcher(self) -> Dispatcher:
        return Dispatcher(self._waits.dispatcher, self._executor)

    @property
    def policy(self) -> Policy:
        policy: Policy = self._waits.policy
        return policy

    def flow(self, handle: str) -> Flow:
        """The flow that a handle names: see ``ringfence.Service.flow``."""
        return Flow(self._waits.flow(handle), self._executor)

    # What waits.

    pump = _awaited(service.Service.pump)
    set_policy = _awaited(service.Service.set_policy)
    health = _awaited(service.Service.health)
    register_account = _awaited(service.Service.register_account)
    import_accounts = _awaited(service.Service.import_accounts)
    upgrade_account = _awaited(service.Service.upgrade_account)
    set_locale = _awaited(service.Service.set_locale)
    settings = _awaited(service.Service.settings)
    resolve_login_phone = _awaited(service.Service.resolve_login_phone)
    resolve_login_email = _awaited(service.Service.resolve_login_email)
    lock_account = _awaited(service.Service.lock_account)
    unlock_account = _awaited(service.Service.unlock_account)
    credentials_changed = _awaited(service.Service.credentials_changed)
    close_account = _awaited(service.Service.close_account)
    erase_account = _awaited(service.Service.erase_account)
    export_account = _awaited(service.Service.export_account)
    audit = _awaited(service.Service.audit)
    verify_audit = _awaited(service.Service.verify_audit)
    prune_audit = _awaited(service.Service.prune_audit)
    set_notice_channels = _awaited(service.Service.set_notice_channels)
    notify = _awaited(service.Service.notify)
    submit_appeal = _awaited(service.Service.submit_appeal)
    appeal = _awaited(service.Service.appeal)
    decide_appeal = _awaited(service.Service.decide_appeal)
    dispute = _awaited(service.Service.dispute)
    report_delivery = _awaited(service.Service.report_delivery)
    begin_change_phone = _begins(service.Service.begin_change_phone)
    begin_change_email = _begins(service.Service.begin_change_email)
    begin_verify_channel = _begins(service.Service.begin_verify_channel)
    begin_confirm_operation = _begins(service.Service.begin_confirm_operation)
    begin_claim_login = _begins(service.Service.begin_claim_login)
    begin_replace_phone = _begins(service.Service.begin_replace_phone)

    async def use_grant(self, flow: Union[Flow, str], operation: str, call: Call) -> Grant:
        """Takes the grant of a confirmed operation, once."""
        handle = flow.handle if isinstance(flow, Flow) else flow
        return await self._run(service.Service.use_grant, handle, operation, call)
