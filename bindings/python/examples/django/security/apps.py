from django.apps import AppConfig
from django.db.models.signals import post_migrate


def migrate_ringfence(sender: AppConfig, using: str, **_: object) -> None:
    """Whenever Django has migrated, the tests' database too, ringfence's tables are brought up to date."""
    import ringfence

    from .host import store_url

    ringfence.migrate_store(store_url(using))


class SecurityConfig(AppConfig):
    name = "security"

    def ready(self) -> None:
        post_migrate.connect(migrate_ringfence, sender=self)
