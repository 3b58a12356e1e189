from chat.storage.database import run_ddl
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "one row for each process and room"


async def unique_rows() -> None:
    await run_ddl('CREATE UNIQUE INDEX "presence_process_room" ON "presence" ("process", "room")')
    await run_ddl('CREATE INDEX "presence_room" ON "presence" ("room")')


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="chat", description=DESCRIPTION)
    manager.add_raw(unique_rows)
    return manager
