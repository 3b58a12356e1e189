from chat.storage.database import run_ddl
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-22T22:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "one number an event, one event a (seat, key, text)"


async def unique_numbers_and_keys() -> None:
    await run_ddl('CREATE UNIQUE INDEX "event_room_seq" ON "event" ("room", "seq")')
    await run_ddl('CREATE UNIQUE INDEX "event_once" ON "event" ("once")')


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="chat", description=DESCRIPTION)
    manager.add_raw(unique_numbers_and_keys)
    return manager
