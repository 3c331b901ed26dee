from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from face2vec.errors import FolderError, PhotoError
from face2vec.photos.folders import list_photos
from face2vec.photos.formats import header_size
from face2vec.photos.photo import Photo
from face2vec.photos.view import around, whole


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """60 x 40 pixels, dark on the left and bright on the right, brightest at the bottom."""
    y, x = np.mgrid[0:40, 0:60]
    grey = (x * 3 + y * 1.5).astype(np.uint8)
    return Image.fromarray(np.dstack([grey, grey, grey]))


def encoded(picture: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


FILES = {
    "jpeg": lambda p: encoded(p, "JPEG", quality=95),
    "progressive jpeg": lambda p: encoded(p, "JPEG", quality=95, progressive=True),
    "cmyk jpeg": lambda p: encoded(p.convert("CMYK"), "JPEG", quality=95),
    "grey jpeg": lambda p: encoded(p.convert("L"), "JPEG", quality=95),
    "png": lambda p: encoded(p, "PNG"),
    "grey png": lambda p: encoded(p.convert("L"), "PNG"),
    "palette png": lambda p: encoded(p.quantize(256), "PNG"),
    "png with alpha": lambda p: encoded(p.convert("RGBA"), "PNG"),
    "16-bit png": lambda p: cv2.imencode(
        ".png", np.asarray(p.convert("L")).astype(np.uint16) * 257
    )[1].tobytes(),
    "webp": lambda p: encoded(p, "WEBP", lossless=True),
    "bmp": lambda p: encoded(p, "BMP"),
    "tiff": lambda p: encoded(p, "TIFF", compression="tiff_lzw"),
    "pgm": lambda p: encoded(p.convert("L"), "PPM"),
    "ppm": lambda p: encoded(p, "PPM"),
    "gif": lambda p: encoded(p.quantize(256), "GIF", save_all=True, append_images=[p.rotate(180)]),
    "avif": lambda p: encoded(p, "AVIF", quality=95),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_format_gives_the_same_picture(picture, kind):
    photo = Photo(FILES[kind](picture))
    assert photo.size == (60, 40)
    expected = np.asarray(picture.convert("L")).astype(int)
    assert np.abs(photo.grey.astype(int) - expected).mean() < 4
    assert photo.rgb.shape == (40, 60, 3)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_obeyed(picture, format):
    exif = Image.Exif()
    exif[0x112] = 6  # to be turned clockwise by 90 degrees
    photo = Photo(encoded(picture, format, exif=exif))
    assert photo.size == (40, 60)
    turned = np.rot90(np.asarray(picture.convert("L")), -1).astype(int)
    assert np.abs(photo.grey.astype(int) - turned).mean() < 5
    assert photo.bgr.shape == (60, 40, 3)


def test_what_is_too_large_is_refused_by_its_header():
    header = encoded(Image.new("1", (11000, 10000)), "PNG")
    with pytest.raises(PhotoError, match="11000 x 10000 pixels: at most 100 megapixels"):
        Photo(header[:100], "bomb.png").size  # noqa: B018
    with pytest.raises(PhotoError, match="at most 100 megapixels"):
        Photo(header, "bomb.png").bgr  # noqa: B018


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_photo_says_so(data):
    with pytest.raises(PhotoError, match=r"notes\.jpg"):
        Photo(data, "notes.jpg").grey  # noqa: B018


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "bmp", "gif"])
def test_a_photo_cut_short_says_so(picture, kind):
    data = FILES[kind](picture)
    with pytest.raises(PhotoError, match="damaged"):
        Photo(data[: len(data) // 2], "cut").grey  # noqa: B018


def test_heic_without_its_package_names_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    with pytest.raises(PhotoError, match=r"face2vec\[heic\]"):
        header_size(data, "a.heic")


def test_heic_is_read(faces, tmp_path):
    from PIL import Image
    from pillow_heif import register_heif_opener

    register_heif_opener()
    source = sorted(faces.rglob("*.jpg"))[0]
    Image.open(source).save(tmp_path / "a.heic", quality=95)
    read = Photo.open(tmp_path / "a.heic").bgr.astype(int)
    assert np.abs(read - cv2.imread(str(source))).mean() < 5


def test_a_large_jpeg_is_decoded_no_finer_than_it_is_looked_at():
    y, x = np.mgrid[0:1600, 0:2400]
    photo = Photo(cv2.imencode(".jpg", (x / 20 + y / 20).astype(np.uint8))[1].tobytes())
    seen = photo.sample(whole(photo.size, 300))
    assert seen.shape == (200, 300)
    assert set(photo._levels) == {2, 8}
    close = photo.sample(around(np.array([1200.0, 800.0]), 100, turn=0, pixels=100, share=1))
    assert 1 in photo._levels
    assert abs(int(close[50, 50]) - 100) <= 2


def test_a_view_tells_where_its_pixels_lie_to_a_fraction_of_one():
    grey = np.zeros((90, 120), np.uint8)
    grey[30:33, 70:73] = 255  # its middle is at 71, 31
    photo = Photo.from_array(grey)
    for turn in (0.0, 30.0, 90.0, -45.0, 180.0):
        view = whole(photo.size, 400, pad=0.2, turn=turn, enlarge=9)
        seen = photo.sample(view).astype(float)
        y, x = np.mgrid[0 : seen.shape[0], 0 : seen.shape[1]]
        middle = np.array([[(x * seen).sum(), (y * seen).sum()]]) / seen.sum()
        np.testing.assert_allclose(view.to_photo(middle), [[71, 31]], atol=0.1)


def test_arrays_of_another_kind_are_refused():
    for array in (np.zeros((4, 4)), np.zeros((4, 4, 4), np.uint8), np.zeros((0, 3), np.uint8)):
        with pytest.raises(PhotoError, match="expected a uint8 array"):
            Photo.from_array(array)


def test_photos_are_listed_with_odd_names_and_hidden_ones_left_out(tmp_path):
    for name in ("ä b/Ü 1.JPG", "x.heic", ".hidden/a.png", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [path.name for path in list_photos(tmp_path)] == ["x.heic", "Ü 1.JPG"]
    with pytest.raises(FolderError, match="not a folder"):
        list_photos(tmp_path / "gone")
