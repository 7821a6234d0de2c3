import time
from typing import Any

import ringfence
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandParser
from security.host import service


class Command(BaseCommand):
    help = "Adds a person whose phone was just proven at the desk."

    def add_arguments(self, parser: CommandParser) -> None:
        for name in ("name", "password", "phone", "region"):
            parser.add_argument(name)

    def handle(self, *_: Any, **options: Any) -> None:
        user = User.objects.create_user(options["name"], password=options["password"])
        # The user's row first: an account without a user is nobody's, and harms nobody.
        service().register_account(
            ringfence.Registration(
                str(user.pk), options["phone"], options["region"], phone_proven_at=int(time.time() * 1000)
            )
        )
