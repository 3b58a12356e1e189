from chat.storage.database import run_ddl
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:39:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "a person reports a message once"


async def unique_reports() -> None:
    await run_ddl('CREATE UNIQUE INDEX "report_once" ON "report" ("room", "seq", "seat")')


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="chat", description=DESCRIPTION)
    manager.add_raw(unique_reports)
    return manager
