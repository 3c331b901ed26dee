"""The encoder `onnx`, on small networks made here."""

from __future__ import annotations

import json
import pickle

import cv2
import numpy as np
import pytest

from face2vec.dlib_models.onnx_file import Graph
from face2vec.encoders.chips import FIVE_POINTS, cut_five_points
from face2vec.encoders.network_input import NetworkInput
from face2vec.encoders.onnx import TOGETHER
from face2vec.encoders.onnx_shape import input_shape
from face2vec.encoders.registry import make_encoder
from face2vec.errors import ModelError, OptionError
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions

LENGTH = 24
KERNELS = np.random.default_rng(0).normal(size=(LENGTH, 3, 16, 16)).astype(np.float32)
BIASES = np.linspace(-1, 1, LENGTH, dtype=np.float32)


def network(size=112, planes=True, batch=1, channels=3, vector=True, written_batch=False):
    """A convolution, a pool over all that is left, and a vector of `LENGTH` numbers."""
    shape = (batch, channels, size, size) if planes else (batch, size, size, channels)
    graph = Graph(shape)
    value = "input" if planes else graph.node("Transpose", "input", perm=[0, 3, 1, 2])
    kernels = KERNELS if channels == 3 else KERNELS[:, :channels]
    value = graph.node(
        "Conv",
        value,
        graph.constant(np.ascontiguousarray(kernels)),
        graph.constant(BIASES),
        kernel_shape=[16, 16],
        strides=[16, 16],
        pads=[0, 0, 0, 0],
    )
    if not vector:
        return graph.file(value, 4)
    value = graph.node("GlobalAveragePool", graph.node("Relu", value))
    if written_batch:
        shape = graph.constant(np.array([1, LENGTH], dtype=np.int64))
        return graph.file(graph.node("Reshape", value, shape), 2)
    return graph.file(graph.node("Flatten", value, axis=1), 2)


def by_hand(chip, how):
    """What the network gives for a chip, blue first, computed in numpy."""
    ordered = chip[..., ::-1] if how.order == "rgb" else chip
    pixels = ((ordered.astype(np.float64) - how.mean) * how.scale).transpose(2, 0, 1)
    side = chip.shape[0] // 16 * 16
    tiles = pixels[:, :side, :side].reshape(3, side // 16, 16, side // 16, 16)
    sums = np.einsum("cyixj,ncij->nyx", tiles, KERNELS.astype(np.float64)) + BIASES[:, None, None]
    vector = np.maximum(sums, 0).mean(axis=(1, 2))
    return vector / np.linalg.norm(vector)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "face network.onnx"
    path.write_bytes(network())
    return path


@pytest.fixture(scope="module")
def seen(photo, cache):
    reading = ReadingOptions("nose-tip", cache=cache).reader().read(photo)
    return Photo.open(photo), reading.largest.face


def test_vectors_are_what_the_network_gives_for_the_chip(file, seen):
    photo, face = seen
    encoder = make_encoder("onnx", weights=file)
    (vector,) = encoder.encode(photo, [face])
    assert vector.dtype == np.float32
    assert encoder.recipe["length"] == LENGTH
    chip = cut_five_points(photo.bgr, face.landmarks, 112)
    expected = by_hand(chip, NetworkInput("rgb", 127.5, 1 / 127.5))
    np.testing.assert_allclose(vector, expected, atol=1e-5)


def test_pixels_are_as_the_json_says_and_options_go_before(file, seen):
    photo, face = seen
    said = {"order": "bgr", "mean": [104.0, 117.0, 123.0], "scale": 0.5}
    file.with_suffix(".json").write_text(json.dumps(said))
    chip = cut_five_points(photo.bgr, face.landmarks, 112)
    (vector,) = make_encoder("onnx", weights=file).encode(photo, [face])
    expected = by_hand(chip, NetworkInput("bgr", tuple(said["mean"]), 0.5))
    np.testing.assert_allclose(vector, expected, atol=1e-5)
    other = NetworkInput(order="rgb", mean=0.0)
    (vector,) = make_encoder("onnx", weights=file, network_input=other).encode(photo, [face])
    np.testing.assert_allclose(vector, by_hand(chip, NetworkInput("rgb", 0.0, 0.5)), atol=1e-5)


@pytest.mark.parametrize("planes", [True, False])
@pytest.mark.parametrize("size", [112, 160])
def test_sizes_and_layouts_are_read_from_the_file(tmp_path, seen, size, planes):
    path = tmp_path / "network.onnx"
    path.write_bytes(network(size, planes))
    assert input_shape(path.read_bytes()) == ([1, 3, size, size] if planes else [1, size, size, 3])
    photo, face = seen
    encoder = make_encoder("onnx", weights=path)
    assert encoder.recipe["chip"] == size
    chip = encoder.cut(photo, [face])[0]
    (vector,) = encoder.encode(photo, [face])
    expected = by_hand(chip, NetworkInput("rgb", 127.5, 1 / 127.5))
    np.testing.assert_allclose(vector, expected, atol=1e-5)


def test_a_free_size_is_said_by_the_json(tmp_path, seen):
    path = tmp_path / "network.onnx"
    path.write_bytes(network(size=0, batch=0))
    assert make_encoder("onnx", weights=path).recipe["chip"] == 112
    path.with_suffix(".json").write_text('{"size": 160}')
    assert make_encoder("onnx", weights=path).recipe["chip"] == 160


@pytest.mark.parametrize("written_batch", [False, True])
def test_chips_go_together_where_the_network_can(tmp_path, seen, written_batch):
    path = tmp_path / "network.onnx"
    path.write_bytes(network(written_batch=written_batch))
    photo, face = seen
    encoder = make_encoder("onnx", weights=path)
    cut = encoder.cut(photo, [face])
    others = np.stack([np.roll(cut[0], shift, axis=0) for shift in range(TOGETHER + 3)])
    alone = np.concatenate([encoder.encode_chips([chip[None]])[0] for chip in others])
    empty, one, many = encoder.encode_chips([others[:0], others[:1], others[1:]])
    assert empty.shape == (0, LENGTH)
    np.testing.assert_allclose(np.concatenate([one, many]), alone, atol=1e-5)


def test_five_points_come_to_their_places(seen):
    photo, face = seen
    points = face.landmarks
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    image = np.zeros_like(photo.bgr)
    places = []
    for point in (*eyes, points[30], points[48], points[54]):
        image[:] = 0
        cv2.circle(image, np.rint(point).astype(int).tolist(), 3, (255, 255, 255), -1)
        chip = cut_five_points(image, points, 112)[..., 0]
        rows, columns = np.nonzero(chip > 128)
        places.append([columns.mean(), rows.mean()])
    assert np.abs(np.array(places) - FIVE_POINTS).max() < 8
    # Turned and scaled alike, the chip is the same: it is the similarity that fits best.
    matrix = cv2.getRotationMatrix2D(points.mean(axis=0).tolist(), 30, 1.5)
    turned = cv2.warpAffine(photo.bgr, matrix, photo.size, borderMode=cv2.BORDER_REPLICATE)
    again = cut_five_points(turned, points @ matrix[:, :2].T + matrix[:, 2], 112)
    chip = cut_five_points(photo.bgr, points, 112)
    middle = slice(28, 84)
    apart = cv2.absdiff(again, chip)[middle, middle]
    assert apart.mean() < 8


def test_it_is_cached_pooled_and_picklable(file, few_faces, tmp_path):
    paths = sorted(few_faces.rglob("*.jpg"))[:4]
    options = ReadingOptions("onnx", weights=file, cache=tmp_path / "cache", workers=1)
    first = options.reader().read_all(paths)
    again = pickle.loads(pickle.dumps(options.reader())).read_all(paths)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.largest.vector, other.largest.vector)
        assert abs(np.linalg.norm(one.largest.vector) - 1) < 1e-5


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no ONNX file"),
        (b"not a network at all", "no ONNX file"),
        (network()[:-500], "no ONNX file"),
        (network(size=640), "112 x 112 or 160 x 160 pixels, got 640 x 640"),
        (network(channels=1), "3 colours, got one of 1 x 1 x 112 x 112"),
        (network(vector=False), "gives 1 x 24 x 7 x 7 numbers"),
        (network().replace(b"GlobalAveragePool", b"GlobalAveragePoof"), "cannot load"),
    ],
)
def test_what_is_no_face_network_is_refused(tmp_path, data, words):
    path = tmp_path / "network.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=words):
        _ = make_encoder("onnx", weights=path).recipe


@pytest.mark.parametrize(
    "said",
    ["no json", "[]", '{"mean": "much"}', '{"scale": 0}', '{"order": "grb"}', '{"width": 112}'],
)
def test_a_json_of_another_kind_is_refused(file, said):
    file.with_suffix(".json").write_text(said)
    with pytest.raises(OptionError):
        _ = make_encoder("onnx", weights=file).recipe


def test_missing_files_and_wrong_options_are_told(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        _ = make_encoder("onnx", weights=tmp_path / "none.onnx").recipe
    with pytest.raises(OptionError, match="needs a face network"):
        make_encoder("onnx")
    with pytest.raises(OptionError, match="--input-order"):
        make_encoder("resnet", network_input=NetworkInput(order="bgr"))


def test_pixels_that_are_scaled_beyond_numbers_are_told(file, seen):
    photo, face = seen
    encoder = make_encoder("onnx", weights=file, network_input=NetworkInput(scale=3e38))
    with pytest.raises(ModelError, match="NaN or infinity"):
        encoder.encode(photo, [face])


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_damaged_header_is_no_traceback(cut):
    with pytest.raises(ValueError):
        input_shape(network()[cut + 1 : cut + 40])
