import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand
from security.host import service

DAY_MS = 24 * 60 * 60 * 1000


class Command(BaseCommand):
    help = "Sends what waits in the outbox, and sweeps, until it is told to end."

    def handle(self, *_: Any, **__: Any) -> None:
        stop = threading.Event()
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, lambda *_: stop.set())
        sending = threading.Thread(target=service().dispatcher.run, args=(stop,))
        sending.start()
        while not stop.wait(300):
            now = int(time.time() * 1000)
            while service().store.sweep(now, now - 30 * DAY_MS, 1000) == 1000:
                pass
        sending.join()
