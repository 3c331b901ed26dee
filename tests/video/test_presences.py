"""Who was there from when to when, told while it happens and at the end."""

from __future__ import annotations

import numpy as np

from face2vec.records import Box
from face2vec.video.frames import Frame, TrackedFace, Watched, timecode
from face2vec.video.presences import Presences, frame_as_dict

BOX = Box(10, 10, 50, 50)


def frame(index: int, *faces: tuple[int, str | None], decided: bool = True) -> Watched:
    image = np.random.default_rng(index).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    seen = tuple(TrackedFace(track, name, decided, 0.4, BOX) for track, name in faces)
    return Watched(Frame(index, index / 10, image), seen)


def test_somebody_comes_and_goes():
    events: list[dict] = []
    presences = Presences(events.append)
    for index in range(5):
        presences.see(frame(index, (1, "Ann")))
    for index in range(5, 40):
        presences.see(frame(index))
    assert [(one["event"], one["name"], one["frame"]) for one in events] == [
        ("appeared", "Ann", 0),
        ("left", "Ann", 4),
    ]
    assert events[1]["since"] == {"time": 0.0, "timecode": "00:00:00.000", "frame": 0}
    (stay,) = presences.finish()
    assert (stay.name, stay.first, stay.last, stay.frames) == ("Ann", (0, 0.0), (4, 0.4), 5)


def test_tracks_of_one_person_are_one_stay_and_of_strangers_two():
    events: list[dict] = []
    presences = Presences(events.append)
    for index in range(10):
        presences.see(frame(index, (1, "Ann"), (2, None)))
    for index in range(15, 25):
        presences.see(frame(index, (3, "Ann"), (4, None)))
    stays = presences.finish()
    assert [(stay.name, stay.tracks, stay.frames) for stay in stays] == [
        ("Ann", [1, 3], 20),
        (None, [2], 10),
        (None, [4], 10),
    ]
    assert [one["event"] for one in events if one["name"] == "Ann"] == ["appeared", "left"]


def test_somebody_who_comes_back_later_comes_again():
    presences = Presences()
    presences.see(frame(0, (1, "Ann")))
    presences.see(frame(50, (2, "Ann")))
    assert [stay.tracks for stay in presences.finish()] == [[1], [2]]


def test_a_track_that_gets_its_name_later():
    events: list[dict] = []
    presences = Presences(events.append)
    presences.see(frame(0, (1, None), decided=False))
    presences.see(frame(1, (1, None)))
    presences.see(frame(2, (1, "Ann")))
    (stay,) = presences.finish()
    assert (stay.name, stay.first[0]) == ("Ann", 1)
    assert [one["event"] for one in events] == ["appeared", "named", "left"]


def test_a_stranger_who_turns_out_to_be_somebody_who_is_there():
    presences = Presences()
    presences.see(frame(0, (1, "Ann")))
    presences.see(frame(1, (2, None)))
    presences.see(frame(2, (2, "Ann")))
    (stay,) = presences.finish()
    assert (stay.tracks, stay.frames) == ([1, 2], 3)


def test_the_best_picture_of_each_track(tmp_path):
    presences = Presences(crops=tmp_path / "crops")
    for index in range(3):
        presences.see(frame(index, (1, "Ann/../é"), (2, None)))
    presences.finish()
    names = sorted(path.name for path in (tmp_path / "crops").iterdir())
    assert names == ["Ann____é-0001.jpg", "unknown-0002.jpg"]


def test_a_line_a_frame():
    assert frame_as_dict(frame(3, (7, None))) == {
        "frame": 3,
        "time": 0.3,
        "faces": [{"name": None, "track": 7, "distance": 0.4, "box": BOX.as_dict()}],
    }


def test_timecodes():
    assert timecode(0.9999) == "00:00:01.000"
    assert timecode(3599.5) == "00:59:59.500"
