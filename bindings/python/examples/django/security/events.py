"""What the site does when ringfence tells it of something."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from ringfence import Event, EventSink, SendOutcome

from .calls import mark


class Sessions(EventSink):
    """After a change of phone or email the person's other sessions are over. It may come twice: then there are none.

    It may raise: then the event comes again.
    """

    def deliver(self, event: Event) -> SendOutcome:
        if event.name == "end_sessions":
            for session in Session.objects.iterator():
                owner = session.get_decoded().get(SESSION_KEY)
                # The one in which the change was made stays: the event has the trace of that call.
                if owner == event.account.id and mark(session.session_key) != event.trace_id:
                    session.delete()
        return SendOutcome.ACCEPTED
