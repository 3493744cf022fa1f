"""From an edit's canvas to the shown picture and back: rectangles and pixels go the same way as the photo."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.picture import Picture
from dalle_studio.core.reshape import Reshape
from dalle_studio.imaging.reshaping import reshape_picture
from dalle_studio.workflow import payload
from dalle_studio.workflow.frames import Frames

SIZE = Size(40, 24)


@given(st.data())
def test_a_rectangle_goes_where_its_pixels_go(data: st.DataObject) -> None:
    picture = Picture(np.random.default_rng(5).integers(0, 255, (*SIZE.shape, 3), dtype=np.uint8))
    place = Rect(14, 9, 6, 4)
    whole, frames = picture, Frames()
    for _ in range(data.draw(st.integers(0, 4))):
        if data.draw(st.booleans()):
            margins = Margins(*data.draw(st.tuples(*[st.integers(0, 5)] * 4)))
            frames, whole = frames.after(margins), payload.grown(whole, margins)
            continue
        reshape = Reshape(data.draw(st.booleans()), data.draw(st.integers(0, 3)))
        frame, there = reshape.turned(whole.size), frames.after((reshape, whole.size)).to_shown(place)
        left, top = data.draw(st.integers(0, there.x)), data.draw(st.integers(0, there.y))
        crop = Rect.of_edges(left, top, frame.width, frame.height)
        reshape = Reshape(reshape.mirrored, reshape.turns, crop=crop)
        frames, whole = frames.after((reshape, whole.size)), reshape_picture(whole, reshape)

    shown = frames.to_shown(place)

    assert np.array_equal(whole.cut(shown), frames.turned(np.asarray(picture.cut(place), np.uint8)))
    assert frames.from_shown(shown) == place
