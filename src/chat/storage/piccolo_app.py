"""Where Piccolo finds our tables and migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from chat.storage.tables import TABLES

_package = Path(__file__).resolve().parents[1]
_packed = _package / "piccolo_migrations"  # in a wheel; in a checkout they stand at the top

APP_CONFIG = AppConfig(
    app_name="chat",
    migrations_folder_path=_packed if _packed.is_dir() else _package.parents[1] / "piccolo_migrations",
    table_classes=list(TABLES),
)
