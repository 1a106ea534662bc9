"""Zip archives read into memory, never more than the size of the file."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import BinaryIO
from zipfile import ZIP_STORED, ZipFile


def write_archive(file: BinaryIO, members: Mapping[str, bytes]) -> None:
    """Write members by their names, uncompressed: weights hardly shrink."""
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def read_archive(content: bytes) -> dict[str, bytes]:
    """Members of an archive by their names.

    Nothing is written to disk, so names are never paths. Checksums of members are compared.

    Raises
    ------
    ValueError
        If members are compressed, overlap or share a name: a small file could then ask for any
        amount of memory.
    zipfile.BadZipFile
        If the archive is damaged.
    """
    with ZipFile(BytesIO(content)) as archive:
        infos = archive.infolist()
        if any(info.compress_type != ZIP_STORED for info in infos):
            raise ValueError("its members are compressed, which save_model never does")
        if len({info.filename for info in infos}) < len(infos):
            raise ValueError("two of its members share a name")
        if sum(max(info.file_size, info.compress_size) for info in infos) > len(content):
            raise ValueError("its members claim more bytes than the file has")
        return {info.filename: archive.read(info) for info in infos}
