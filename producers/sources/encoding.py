"""Detection of the format and encoding of a file by its content, not its name."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from producers.errors import SourceError

# How Python decodes a byte that is not UTF-8 (PEP 383).
DAMAGED = re.compile("[\udc80-\udcff]")
_WIDE = re.compile("[\u0800-\ud7ff\ue000-\uffff]")
_BLOCK_BYTES = 1 << 20
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_COMPRESSED = {bytes.fromhex("1f8b"): "gzip", b"Rar!": "rar", b"7z": "7z", b"BZh": "bzip2"}
_MARKUP = re.compile(rb"\s*(?:<[!?a-z]|MIME-Version:)", re.IGNORECASE)


def content_format(path: Path, expected: str) -> str:
    """Return csv, ndjson, parquet, xlsx, xls or ods by the content; `expected` is by the name.

    Raises SourceError for what is none of these: a web page, an archive, an encrypted workbook.
    """
    with path.open("rb") as file:
        head = file.read(_BLOCK_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return _zip_format(path)
    if head.startswith(_OLE):
        return _ole_format(path, head)
    if head.startswith(b"PAR1"):
        return "parquet"
    for mark, name in _COMPRESSED.items():
        if head.startswith(mark):
            raise SourceError(f"{path} is a {name} archive: unpack it and send the file in it")
    if expected != "ndjson" and _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        raise SourceError(
            f"{path} is a web page or XML that was saved under another extension: "
            "open it in Excel or WPS and save it as .xlsx"
        )
    if expected == "excel":
        # Some systems export text under the extension .xls, which Excel opens.
        if path.suffix.lower() == ".xls" and b"\0" not in head and re.search(rb"[\t,;|]", head):
            return "csv"
        raise SourceError(f"{path} cannot be read as Excel: it is not a workbook; save it as .xlsx")
    return expected


def _zip_format(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SourceError(
            f"{path} cannot be read as Excel: its end is missing or damaged; copy it again"
        ) from error
    if "[Content_Types].xml" in names and any(name.endswith(".xml.rels") for name in names):
        if any(name.endswith("workbook.bin") for name in names):
            raise SourceError(f"{path} is a binary workbook (.xlsb): save it as .xlsx")
        return "xlsx"
    if "content.xml" in names:
        return "ods"
    raise SourceError(f"{path} is a zip archive: unpack it and send the file in it")


def _ole_format(path: Path, head: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in head:
        raise SourceError(f"{path} is protected by a password: save it without one")
    if not any(name.encode("utf-16-le") in head for name in ("Workbook", "Book")):
        # The directory of a large file may be at its end.
        content = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise SourceError(f"{path} is protected by a password: save it without one")
    return "xls"


def detect_encoding(path: Path) -> tuple[str, str]:
    """Return the encoding of a text file, and how to treat bytes that are not in it.

    UTF-16 and UTF-32 by their mark; UTF-8 if the first megabyte is, or if most characters outside
    ASCII are (then `surrogateescape`); otherwise GB18030. Raises SourceError if UTF-8 ends after
    the first megabyte.
    """
    with path.open("rb") as file:
        head = file.read(_BLOCK_BYTES)
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name, "strict"
    if b"\0" in head:
        raise SourceError(
            f"{path} is not text, or UTF-16 without its mark: save it as UTF-8, or name its "
            "encoding in the mapping"
        )
    if _is_utf8(path):
        return "utf-8-sig", "strict"
    damage = _damage(path)
    if damage.wide > 2 * damage.damaged > 0 or head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig", "surrogateescape"
    if not damage.is_early:
        raise undecodable(path, "utf-8-sig")
    return "gb18030", "strict"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class _Damage(NamedTuple):
    """Bytes that are not UTF-8, characters beyond U+07FF, and damage within the first block."""

    damaged: int
    wide: int
    is_early: bool


def _damage(path: Path) -> _Damage:
    damaged = wide = 0
    is_early = False
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    with path.open("rb") as file:
        is_last = False
        while not is_last:
            block = file.read(_BLOCK_BYTES)
            is_last = not block
            text = decoder.decode(block, final=is_last)
            if not text.isascii():
                damaged += len(DAMAGED.findall(text))
                wide += len(_WIDE.findall(text))
            # The next block may only end a character that this one begins.
            is_early = is_early or (damaged > 0 and file.tell() <= _BLOCK_BYTES)
    return _Damage(damaged, wide, is_early)


def undecodable(path: Path, encoding: str) -> SourceError:
    """Return the error for a file that is not in its encoding, with the first such line."""
    where = ""
    if not encoding.startswith(("utf-16", "utf-32")):
        with path.open("rb") as file:
            numbers = (n for n, raw in enumerate(file, 1) if not _is_decodable(raw, encoding))
            where = f" (line {next(numbers, '?')})"
    return SourceError(
        f"{path} is not {encoding} throughout{where}: "
        "save it as UTF-8, or name its encoding in the mapping"
    )


def _is_decodable(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
