"""What hands messages to people."""

from ringfence import OutgoingMessage, Sender, SendOutcome


class Printing(Sender):
    """For development: it shows codes to whoever sees the terminal."""

    def send(self, message: OutgoingMessage) -> SendOutcome:
        print(f"to {message.destination}: {message.text}", flush=True)
        return SendOutcome.ACCEPTED
