from chat.storage.database import run_ddl
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T15:02:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "addresses are found by their age, and what leavers said while it is erased"


async def indexes() -> None:
    await run_ddl(
        'CREATE INDEX "event_origin_at" ON "event" ("at") WHERE "address" <> \'\' OR "browser" <> \'\''
    )
    await run_ddl('CREATE INDEX "leaver_unerased" ON "leaver" ("id") WHERE NOT "erased"')


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="chat", description=DESCRIPTION)
    manager.add_raw(indexes)
    return manager
