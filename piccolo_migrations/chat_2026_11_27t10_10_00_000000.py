from chat.storage.database import run_ddl
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T10:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "rooms are listed by their newest message, and a person's messages are found"

FILL = """
UPDATE "room" SET "last_minute" = COALESCE(
    (SELECT CAST({seconds} AS BIGINT) / 60 FROM "event"
     WHERE "event"."room" = "room"."id" AND "event"."kind" = 'message' ORDER BY "event"."seq" DESC LIMIT 1), 0)
"""


async def minutes_and_indexes() -> None:
    from chat.storage.tables import Room

    sqlite = Room._meta.db.engine_type == "sqlite"
    await run_ddl(FILL.format(seconds="strftime('%s', \"at\")" if sqlite else 'FLOOR(EXTRACT(EPOCH FROM "at"))'))
    await run_ddl(
        'CREATE INDEX "room_listed" ON "room" ("last_minute" DESC, "id" DESC) '
        "WHERE \"last_minute\" > 0 AND substr(\"name\", 1, 1) <> '_'"
    )
    await run_ddl('CREATE INDEX "event_seat_at" ON "event" ("seat", "at")')


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="chat", description=DESCRIPTION)
    manager.add_raw(minutes_and_indexes)
    return manager
