"""Piccolo's configuration, for its own commands: `PICCOLO_CONF=chat.storage.piccolo_conf piccolo migrations …`."""

from piccolo.conf.apps import AppRegistry

from chat.settings import Settings
from chat.storage.database import engine

DB = engine(Settings.from_environment().database())
APP_REGISTRY = AppRegistry(apps=["chat.storage.piccolo_app"])
