"""Who calls, as ringfence wants to know it."""

from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from ringfence import Call


def mark(session_key: str) -> str:
    """Which session something came from, for logs and events; nobody can make a session of it."""
    return salted_hmac("ringfence.mark", session_key).hexdigest()[:16]


def call_of(request: HttpRequest) -> Call:
    """The session as a digest: ringfence stores it, and who reads the database must not be able to use it."""
    key = request.session.session_key
    if not key:
        raise ValueError("a flow belongs to a session")
    return Call(
        session=salted_hmac("ringfence.session", key).hexdigest(),
        source=str(request.META.get("REMOTE_ADDR", "")),
        # A form that is sent twice is done once.
        request_id=request.POST.get("request_id", "")[:64],
        trace_id=mark(key),
        timeout=5,
    )
