"""Files that are not what they say: none starts a program, waits for ever, or takes the memory."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

from face2vec.errors import PhotoError
from face2vec.photos.formats import Format, format_of, header_size
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions
from face2vec.records import Reason
from tests.hostile import damaged, encoded, small_picture


def png_with(kind: bytes, claimed: int, body: bytes = b"") -> bytes:
    """A PNG with a chunk of which the length is claimed."""
    data = encoded("PNG")
    return data[:33] + struct.pack(">I4s", claimed, kind) + body + data[33:]


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(owned) (w) file closefile\n"
OTHERS = {
    "postscript": POSTSCRIPT,
    "postscript with a preview": b"\xc5\xd0\xd3\xc6"
    + struct.pack("<7I", 32, 70, 0, 0, 0, 0, 0)
    + POSTSCRIPT,
    "radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 8 +X 8\n" + bytes(256),
    "openexr": b"\x76\x2f\x31\x01\x02\0\0\0" + bytes(99),
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99),
    "sun raster": b"\x59\xa6\x6a\x95" + struct.pack(">7I", 8, 8, 8, 64, 1, 0, 0) + bytes(64),
    "photoshop": b"8BPS\0\1" + bytes(99),
    "icon": b"\0\0\1\0\1\0" + bytes(99),
    "fits": b"SIMPLE  =                    T" + bytes(99),
    "pfm": b"Pf\n8 8\n-1.0\n" + bytes(256),
    "pam": b"P7\nWIDTH 8\nHEIGHT 8\nDEPTH 1\nMAXVAL 255\nENDHDR\n" + bytes(64),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}


@pytest.mark.parametrize("kind", OTHERS)
def test_no_other_format_reaches_a_decoder(kind, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a decoder was asked")

    monkeypatch.setattr("cv2.imdecode", refuse)
    monkeypatch.setattr(Image, "open", refuse)
    for look in ("size", "grey", "bgr"):
        with pytest.raises(PhotoError, match=r"evil\.jpg is not a photo that can be decoded"):
            getattr(Photo(OTHERS[kind], "evil.jpg"), look)


@pytest.mark.parametrize("format", [f for f in Format if f is not Format.HEIC])
def test_each_format_is_told_by_its_first_bytes_and_its_size_by_the_header(format):
    data = encoded(format.value)
    assert format_of(data) is format
    assert header_size(data, "a") == small_picture().size


@pytest.mark.parametrize("kind", ["lossless", "save_all"])
def test_every_kind_of_webp_has_its_size(kind):
    data = encoded("WEBP", **{kind: True}, append_images=[small_picture().rotate(180)])
    assert header_size(data, "a") == small_picture().size


@pytest.mark.parametrize("format", [f.value for f in Format])
def test_whatever_a_decoder_raises_the_photo_is_damaged(format):
    """A hundred damages of each format: a picture, or a sentence, and nothing else."""
    whole = encoded(format)
    for seed in range(100):
        photo = Photo(damaged(whole, seed), "damaged")
        try:
            assert photo.bgr.dtype == np.uint8
            assert photo.grey.dtype == np.uint8
        except PhotoError as error:
            assert "\n" not in str(error)


def test_a_damaged_avif_is_no_heic_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PhotoError, match="is not a photo that can be decoded, or it is damaged"):
        Photo(encoded("AVIF")[:200], "a.avif").bgr  # noqa: B018


@pytest.mark.parametrize(
    "make", ["fifo", "socket", "device", "endless", "folder", "sparse", "gone"]
)
def test_what_is_no_file_or_too_large_is_not_read(make, tmp_path):
    path = tmp_path / "x.jpg"
    if make == "fifo":
        os.mkfifo(path)
    elif make == "socket":
        socket.socket(socket.AF_UNIX).bind(str(path))
    elif make == "device":
        path.symlink_to("/dev/zero")
    elif make == "endless":
        path.symlink_to(path)
    elif make == "folder":
        path.mkdir()
    elif make == "sparse":
        with open(path, "wb") as file:
            file.truncate(4 << 30)
    reading = ReadingOptions("nose-tip").reader().read(path)
    assert reading.reason is Reason.UNREADABLE
    assert str(path) in reading.detail
    assert ("--max-bytes" in reading.detail) == (make == "sparse")


def test_the_limit_of_bytes_is_an_option(photo):
    few = ReadingOptions("nose-tip", max_bytes=1000).reader().read(photo)
    assert "at most 1000 are read" in few.detail


def test_a_link_to_a_photo_is_read(photo, tmp_path):
    (tmp_path / "link.jpg").symlink_to(photo)
    assert ReadingOptions("nose-tip").reader().read(tmp_path / "link.jpg").encodings


LARGE = {
    "png chunk": lambda: png_with(b"tEXt", 0xFFFFFFF0, bytes(80_000)),
    "png chunk of 2 GB": lambda: png_with(b"eXIf", 0x7FFFFFFF, bytes(80_000)),
    "png profile": lambda: png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(300 << 20), 9)),
    "png text": lambda: png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(300 << 20), 9)),
    "webp canvas": lambda: webp_canvas(9_999, 9_999),
    "tiff tile": lambda: tiff_with({322: 30_000, 323: 30_000, 324: 8, 325: 9}),
    "tiff strip": lambda: tiff_with({273: 8, 278: 0xFFFFFFFF, 279: 0xFFFFFFFF}),
    "tiff samples": lambda: tiff_with({277: 60_000}),
    "bmp palette": lambda: bmp_with(palette=0x7FFFFFFF),
    "gif frame": lambda: gif_with_frame(60_000, 60_000),
}


def png_chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return png_with(kind, len(body), body + check)


def webp_canvas(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + size
    return b"RIFF" + struct.pack("<I", len(body)) + body + b"ANIM" + struct.pack("<I", 6) + bytes(6)


def tiff_with(tags: dict[int, int]) -> bytes:
    every = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 16, 279: 256} | tags
    if 324 in every:
        every = {tag: value for tag, value in every.items() if tag not in (273, 278, 279)}
    entries = [struct.pack("<HHII", tag, 4, 1, every[tag]) for tag in sorted(every)]
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(999)


def bmp_with(palette: int) -> bytes:
    data = bytearray(encoded("BMP"))
    data[46:50] = struct.pack("<I", palette)
    return bytes(data)


def gif_with_frame(width: int, height: int) -> bytes:
    data = bytearray(encoded("GIF"))
    place = data.index(b",\0\0\0\0")
    data[place + 5 : place + 9] = struct.pack("<HH", width, height)
    return bytes(data)


MEASURE = """
import sys
from pathlib import Path
from tests import hostile
from face2vec.reading.options import ReadingOptions
reader = ReadingOptions("resnet").reader()
reader.read(Path(sys.argv[1]))
print(hostile.peak_kib())
"""
MOST_KIB = 400 * 1024  # beside the pixels of the photo


@pytest.mark.parametrize("kind", LARGE)
def test_no_file_takes_more_memory_than_is_documented(kind, tmp_path):
    path = tmp_path / "large.jpg"
    path.write_bytes(LARGE[kind]())
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < MOST_KIB
