from __future__ import annotations

import numpy as np
import pytest

from face2vec.assets import FIT_STARTS, own_data
from face2vec.detection.landmarks import _jitters, uniform_starts


def test_the_starts_that_ship_are_those_of_numpys_generator():
    shipped = np.load(own_data(FIT_STARTS))
    np.testing.assert_array_equal(shipped, uniform_starts(len(shipped)))


@pytest.mark.parametrize("count", [1, 24, 96, 97, 200])
def test_fewer_starts_are_the_first_of_more_and_the_first_one_is_the_box_itself(count):
    jitters = _jitters(count)
    assert jitters.shape == (count, 4)
    assert (jitters[0] == 0).all()
    np.testing.assert_array_equal(jitters, _jitters(300)[:count])
