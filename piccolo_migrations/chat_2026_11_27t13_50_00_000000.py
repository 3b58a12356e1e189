from chat.storage.database import run_ddl
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-27T13:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "acts are only added"

SQLITE = """
CREATE TRIGGER "act_no_{verb}" BEFORE {verb} ON "act" BEGIN SELECT RAISE(ABORT, 'acts are only added'); END
"""
POSTGRES = (
    """
    CREATE FUNCTION act_only_added() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'acts are only added'; END $$
    """,
    """
    CREATE TRIGGER act_only_added BEFORE UPDATE OR DELETE ON act
    FOR EACH STATEMENT EXECUTE FUNCTION act_only_added()
    """,
)


async def only_added() -> None:
    from chat.storage.tables import Room

    sqlite = Room._meta.db.engine_type == "sqlite"
    for statement in [SQLITE.format(verb=verb) for verb in ("UPDATE", "DELETE")] if sqlite else POSTGRES:
        await run_ddl(statement)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="chat", description=DESCRIPTION)
    manager.add_raw(only_added)
    return manager
