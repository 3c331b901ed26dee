"""A film of made-up people: followed, named backwards too, strangers unknown, cuts obeyed."""

from __future__ import annotations

import numpy as np
import pytest

from face2vec.detection.landmarks import LandmarkModel
from face2vec.gallery.identifier import Identifier
from face2vec.records import Box
from face2vec.video.finder import Finder
from face2vec.video.frames import Watched
from face2vec.video.namers import GalleryNamer
from face2vec.video.sources import FileSource
from face2vec.video.watch import Pace, Watcher

KNOWN = ("edith", "luisa")


def watched_in(film, namer, **options) -> tuple[list[Watched], Watcher]:
    source = FileSource(film)
    watcher = Watcher(Finder(LandmarkModel()), namer, rate=source.rate, **options)
    told = []
    while (frame := source.read()) is not None:
        watcher.look(frame)
        told += watcher.ready()
    return told + watcher.ready(all_of_them=True), watcher


@pytest.fixture(scope="module")
def told(film, known) -> tuple[list[Watched], Watcher]:
    return watched_in(film, GalleryNamer(Identifier.open(known)))


def overlap(one: Box, other: Box) -> float:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    both = max(0, across) * max(0, down)
    return both / (one.area + other.area - both)


def hidden(number: int, shown) -> bool:
    """Whether somebody stands before this one, or the face is not wholly in the picture."""
    box = shown[number].box
    inside = box.left >= 0 and box.right <= 640
    return not inside or any(overlap(box, other.box) > 0 for other in shown[number + 1 :])


@pytest.mark.slow
def test_every_frame_comes_out_once_and_in_order(told, shot):
    assert [one.frame.index for one in told[0]] == list(range(len(shot)))
    assert [one.frame.time for one in told[0]] == pytest.approx(np.arange(len(shot)) / 25)


def test_who_is_known_is_named_in_every_frame_and_strangers_in_none(told, shot):
    seen = right = 0
    for one, (_, shown) in zip(told[0], shot, strict=True):
        for number, truth in enumerate(shown):
            found = [face for face in one.faces if overlap(face.box, truth.box) > 0.4]
            if hidden(number, shown):
                continue
            seen += 1
            wanted = truth.name if truth.name in KNOWN else None
            right += bool(found) and found[0].name == wanted
            assert all(face.name in (wanted, None) for face in found)
    assert seen > 150
    assert right >= 0.97 * seen


def test_faces_are_looked_for_in_few_frames_only(told, shot):
    watcher = told[1]
    assert 0 < watcher.detections < len(shot) / 4
    assert watcher.naming.encoded < len(shot) / 2


def test_a_cut_ends_all_tracks(told):
    cuts = [one.frame.index for one in told[0] if one.cut]
    assert cuts == [62]
    before = {face.track for one in told[0][:62] for face in one.faces}
    after = {face.track for one in told[0][62:] for face in one.faces}
    assert before and after and not before & after


def test_a_person_is_in_a_frame_once(told):
    for one in told[0]:
        names = [face.name for face in one.faces if face.name]
        assert len(names) == len(set(names))


def test_a_face_is_followed_backwards_to_where_it_came_into_the_picture(told, shot):
    """Keiko walks in between two detections; only the waiting frames tell it."""
    tracks: dict[int, int] = {}
    for one in told[0]:
        for face in one.faces:
            tracks.setdefault(face.track, one.frame.index)
    came = [index for index in tracks.values() if 0 < index < 62]
    assert came
    assert any(index % 8 for index in came)  # not where a detection was due


def test_without_waiting_what_is_known_so_far_is_told_at_once(film, known):
    source = FileSource(film)
    watcher = Watcher(
        Finder(LandmarkModel()), GalleryNamer(Identifier.open(known)), rate=25, live=True, delay=0
    )
    names = set()
    for _ in range(6):
        names |= {face.name for face in watcher.look(source.read()).faces}
    assert names == {"edith", None}
    assert not watcher.ready(all_of_them=True)


def test_pictures_do_not_wait_where_none_is_written(film, known):
    told, _ = watched_in(film, GalleryNamer(Identifier.open(known)), images=False)
    assert len(told) == 100
    assert all(one.frame.image.size == 0 for one in told)


def test_what_waits_is_bounded(film, known, monkeypatch):
    monkeypatch.setattr("face2vec.video.watch.MOST_BYTES", 10 * 640 * 360 * 3)
    source = FileSource(film)
    watcher = Watcher(Finder(LandmarkModel()), GalleryNamer(Identifier.open(known)), rate=25)
    waiting = 0
    for _ in range(30):
        watcher.look(source.read())
        waiting += 1 - len(watcher.ready())
        assert waiting <= 10


def test_somebody_enrolled_while_it_watches_is_known_at_once(film, faces, cache, tmp_path):
    from face2vec.reading.options import ReadingOptions
    from face2vec.video.namers import FutureGallery

    url = f"sqlite:///{tmp_path}/gallery.db"
    source = FileSource(film)
    watcher = Watcher(
        Finder(LandmarkModel()), FutureGallery(url, ReadingOptions()), rate=25, delay=0
    )
    before, after = set(), set()
    for index in range(60):
        if index == 30:
            other = Identifier.open(url, ReadingOptions(cache=cache), create=True)
            other.enrol("Tilda", sorted((faces / "tilda").iterdir())[:2])
        names = {face.name for face in watcher.look(source.read()).faces}
        if index < 30:
            before |= names
        elif index > 40:
            after |= names
    assert before == {None}
    assert "Tilda" in after


def test_detections_are_as_often_as_there_is_time_for():
    calm, pressed = Pace(25, live=True), Pace(25, live=True)
    for _ in range(20):
        calm.spent(0.002, False)
        calm.spent(0.010, True)
        pressed.spent(0.015, False)
        pressed.spent(0.080, True)
    assert calm.every < pressed.every <= pressed.longest
    assert Pace(25, live=False).every == 8
