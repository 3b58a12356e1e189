"""Piccolo's configuration, for its own commands: `PICCOLO_CONF=chat.storage.piccolo_conf piccolo migrations …`.

No engine is made when this is imported: a command of Piccolo's asks for `DB`, and gets the one that the environment
names.
"""

from typing import Any

from piccolo.conf.apps import AppRegistry

from chat.settings import Settings
from chat.storage.database import make_engine

APP_REGISTRY = AppRegistry(apps=["chat.storage.piccolo_app"])


def __getattr__(name: str) -> Any:
    if name != "DB":
        raise AttributeError(name)
    return make_engine(Settings.from_environment().database())
