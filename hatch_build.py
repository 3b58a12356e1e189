"""Compiles the catalogues and compresses the static files, for a wheel and for an editable install alike.

`make` runs it as a script when a source has changed; it needs no hatchling then.
"""

import gzip
import os
import tempfile
from pathlib import Path
from typing import Any

import brotli
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

COMPRESSIBLE = {".js", ".svg", ".webmanifest"}
COMPRESSED = {".br", ".gz"}


def build_assets(root: Path) -> None:
    package = root / "src" / "chat"
    for catalogue in sorted(package.glob("locale/*/LC_MESSAGES/*.po")):
        compile_catalogue(catalogue)
    for file in sorted(package.glob("static/*")):
        if file.suffix in COMPRESSIBLE:
            compress(file)
        elif file.suffix in COMPRESSED and not file.with_suffix("").exists():
            file.unlink()


def compile_catalogue(source: Path) -> None:
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    for message, errors in catalogue.check():
        raise SystemExit(f"{source}:{message.lineno}: {errors[0]}")
    with Replacing(source.with_suffix(".mo")) as file:
        write_mo(file, catalogue)


def compress(source: Path) -> None:
    plain = source.read_bytes()
    with Replacing(source.with_name(source.name + ".br")) as file:
        file.write(brotli.compress(plain, quality=11))
    with Replacing(source.with_name(source.name + ".gz")) as file:
        file.write(gzip.compress(plain, compresslevel=9, mtime=0))


class Replacing:
    """A file that takes its name only when it is whole: a server may be reading the old one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False)  # noqa: SIM115

    def __enter__(self) -> Any:
        return self.file

    def __exit__(self, failed: object, *_: object) -> None:
        self.file.close()
        if failed:
            os.unlink(self.file.name)
        else:
            os.chmod(self.file.name, 0o644)
            os.replace(self.file.name, self.path)


if __name__ == "__main__":
    build_assets(Path(__file__).parent)
else:
    from hatchling.builders.config import BuilderConfig
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    class Assets(BuildHookInterface[BuilderConfig]):
        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            build_assets(Path(self.root))
