from chat.storage.database import run_ddl
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T20:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "what waits is found by its person"


async def held_by_person() -> None:
    await run_ddl('CREATE INDEX "held_seat" ON "held" ("seat")')


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="chat", description=DESCRIPTION)
    manager.add_raw(held_by_person)
    return manager
