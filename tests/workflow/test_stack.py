"""A version as a stack of edits: blended anew, hidden, moved, with a change of the frame in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture
from dalle_studio.core.records import BlendMode, BlendSettings, EditRecord, EditRequest, Operation, State
from dalle_studio.core.reshape import Reshape
from dalle_studio.formats.opening import open_picture
from dalle_studio.imaging.reshaping import reshape_picture
from dalle_studio.workflow import made_here, restore, stack
from dalle_studio.workflow.edit import run_edit
from dalle_studio.workflow.fits import Fits
from dalle_studio.workflow.made_here import Ground
from dalle_studio.workflow.stack import Item, Replayed
from tests.conftest import PhotoFactory
from tests.workflow.scripted import ScriptedEngine, World

LEFT, RIGHT, BOTH = Rect(60, 200, 90, 80), Rect(700, 250, 120, 90), Rect(110, 240, 90, 80)


class Desk:
    """One photo with the versions made of it, as a session would make them."""

    def __init__(self, world: World, photo: Picture) -> None:
        self.world = world
        self.photo = photo
        self.original = world.keep(photo)
        self.picture = photo
        self.at: str | None = None

    def edit(self, where: Rect, margins: Margins = Margins()) -> EditRecord:  # noqa: B008 - a frozen value
        pixels = np.zeros(self.picture.size.shape, np.uint8)
        pixels[where.slices] = 255
        request = EditRequest(
            Operation.EDIT if margins.is_empty else Operation.EXTEND,
            self.picture,
            FrozenMask.of(pixels),
            margins,
            prompt="a green disc",
            count=2,
            original=self.original,
            parent=self.at,
        )
        outcome = asyncio.run(run_edit(request, self.world.ports, self.world.tell))
        self.picture, self.at = outcome.picture(0), outcome.record.edit_id
        return outcome.record

    def reshape(self, reshape: Reshape) -> EditRecord:
        self.picture = reshape_picture(self.picture, reshape)
        record = made_here.keep_reshape(self.world.library, self.world.codec, self.ground, self.picture, reshape)
        self.at = record.edit_id
        return record

    def arrange(self, items: tuple[Item, ...]) -> EditRecord:
        replayed = self.replay(items)
        record, _ = made_here.keep_stack(
            self.world.library, self.world.codec, self.ground, self.picture, items, replayed
        )
        self.picture, self.at = replayed.picture, record.edit_id
        return record

    @property
    def ground(self) -> Ground:
        return Ground(self.original, self.at)

    @property
    def items(self) -> tuple[Item, ...]:
        return stack.stack_of(self.world.library, self.at)

    def replay(self, items: tuple[Item, ...]) -> Replayed:
        return stack.replay(self.world.library, self.world.codec, opened, self.original, items)

    def restored(self) -> Picture:
        assert self.at is not None
        return restore.load_version(self.world.library, self.world.codec, opened, self.at)


def opened(data: bytes, name: str) -> Picture:
    return open_picture(data, name=name)


@pytest.fixture
def world(data_dir: Path) -> Iterator[World]:
    world = World(data_dir, ScriptedEngine())
    yield world
    world.close()


@pytest.fixture
def desk(world: World, photo: PhotoFactory) -> Desk:
    return Desk(world, Picture(photo(1200, 900)))


def changed(item: Item, **blend: Any) -> Item:
    return replace(item, layer=replace(item.layer, blend=replace(item.layer.blend, **blend)))


def hidden(item: Item) -> Item:
    return replace(item, layer=replace(item.layer, is_visible=False))


def test_an_untouched_stack_is_the_version_it_came_from(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(BOTH)
    desk.edit(RIGHT)

    assert [item.record.prompt for item in desk.items] == ["a green disc"] * 3
    assert np.array_equal(desk.replay(desk.items).picture.pixels, desk.picture.pixels)


def test_everything_hidden_is_the_photo_and_shown_again_the_version(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(BOTH)
    before, items = desk.picture, desk.items

    desk.arrange(tuple(map(hidden, items)))
    assert np.array_equal(desk.picture.pixels, desk.photo.pixels)
    assert stack.made_by(desk.items) == []

    desk.arrange(items)
    assert np.array_equal(desk.picture.pixels, before.pixels)
    assert np.array_equal(desk.restored().pixels, before.pixels)


def test_a_lower_edit_is_blended_anew_and_those_elsewhere_keep_their_bytes(desk: Desk) -> None:
    desk.edit(LEFT)
    right = desk.edit(RIGHT)
    lower, upper = desk.items
    before = desk.picture

    record = desk.arrange((changed(lower, opacity=0.5, feather=0), upper))

    inside = desk.picture.cut(LEFT)
    half = (before.cut(LEFT).astype(float) + desk.photo.cut(LEFT)) / 2
    assert np.abs(inside - half).mean() < 1
    assert np.array_equal(desk.picture.cut(right.candidates[0].rect), before.cut(right.candidates[0].rect))
    assert record.operation is Operation.BLEND
    assert record.candidates[0].outside_identical
    assert record.candidates[0].rect.contains(LEFT)
    assert not record.candidates[0].rect.contains(RIGHT)
    assert np.array_equal(desk.restored().pixels, desk.picture.pixels)


def test_an_edit_above_a_hidden_one_is_composed_on_the_photo_with_what_the_engine_was_shown(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(BOTH)
    lower, upper = desk.items

    shown = desk.replay((hidden(lower), upper)).picture

    only_left = Rect(LEFT.x, LEFT.y, 20, LEFT.height)
    assert np.array_equal(shown.cut(only_left), desk.photo.cut(only_left))
    middle = Rect(BOTH.x + 30, BOTH.y + 30, 20, 10)
    assert np.abs(shown.cut(middle).astype(int) - desk.picture.cut(middle)).max() <= 3


def test_only_layers_that_do_not_overlap_change_places(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(RIGHT)
    desk.edit(BOTH)
    items = desk.items

    assert stack.can_lift(items, 0)
    assert stack.can_lift(items, 1)
    moved = stack.lifted(items, 0)
    assert not stack.can_lift(moved, 1)  # left and both
    with pytest.raises(ValueError, match="order"):
        stack.lifted(moved, 1)
    desk.arrange(moved)
    assert [item.layer.edit_id for item in desk.items] == [moved[i].layer.edit_id for i in range(3)]
    assert np.array_equal(desk.restored().pixels, desk.replay(items).picture.pixels)


def test_edits_go_on_above_a_stack_that_was_blended_anew(desk: Desk) -> None:
    desk.edit(LEFT)
    (item,) = desk.items
    desk.arrange((changed(item, opacity=0.3),))
    desk.edit(BOTH)

    lower, upper = desk.items

    assert lower.layer.blend.opacity == 0.3
    assert upper.layer.edit_id == desk.at
    assert np.array_equal(desk.replay((lower, upper)).picture.pixels, desk.picture.pixels)
    assert np.array_equal(desk.restored().pixels, desk.picture.pixels)


def test_another_candidate_of_a_lower_edit_is_laid_below_the_upper(desk: Desk) -> None:
    first = desk.edit(LEFT)
    desk.edit(RIGHT)
    lower, upper = desk.items

    other = replace(lower, layer=replace(lower.layer, candidate=1))

    patch = desk.world.codec.decode_png(desk.world.library.blob(first.candidates[1].patch))
    assert np.array_equal(desk.replay((other, upper)).picture.cut(first.candidates[1].rect), patch)


def test_a_changed_frame_lies_in_the_stack_and_edits_below_it_stay_adjustable(desk: Desk) -> None:
    desk.edit(LEFT)
    reshape = Reshape(turns=1, crop=Rect(100, 20, 700, 900))
    record = desk.reshape(reshape)
    desk.edit(Rect(300, 500, 100, 100))

    assert record.state is State.DONE
    assert record.operation is Operation.CROP
    assert record.thumbnail is not None
    assert desk.world.library.blob(record.thumbnail)[:2] == b"\xff\xd8"
    assert np.array_equal(desk.restored().pixels, desk.picture.pixels)
    lower, frame, upper = desk.items
    assert frame.is_fixed
    assert not frame.can_blend
    assert not stack.can_lift(desk.items, 0)
    shown = desk.replay((hidden(lower), frame, upper)).picture
    bare = reshape_picture(desk.photo, reshape)
    assert shown.size == bare.size == Size(700, 900)
    corner = Rect(0, 0, 200, 400)
    assert np.array_equal(shown.cut(corner), bare.cut(corner))


def test_an_extension_is_blended_anew_in_its_own_frame(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(RIGHT, Margins(left=64, top=32))
    lower, upper = desk.items

    shown = desk.replay((hidden(lower), changed(upper, feather=0))).picture

    assert upper.is_fixed
    assert shown.size == Size(1264, 932)
    place = LEFT.moved(64, 32)
    assert np.array_equal(shown.cut(place), desk.photo.cut(LEFT))
    with pytest.raises(ValueError, match="hidden"):
        stack.with_layer(desk.items, replace(upper.layer, is_visible=False))


def test_what_was_made_here_survives_the_trash_of_others(desk: Desk) -> None:
    desk.edit(LEFT)
    first = desk.at
    (item,) = desk.items
    desk.arrange((changed(item, opacity=0.4),))
    desk.reshape(Reshape(mirrored=True))
    assert first is not None
    desk.world.library.delete(first)

    desk.world.library.empty_trash()

    assert desk.world.library.verify().damaged == ()
    assert np.array_equal(desk.restored().pixels, desk.picture.pixels)
    assert desk.world.library.sent_counts_today() == {"images.example": 2}


def test_any_way_of_showing_leaves_all_else_untouched_and_can_be_taken_back(desk: Desk) -> None:
    """Whatever is set: outside the reach of what is shown the photo's bytes, and the first setting gives its bytes."""
    for where in (LEFT, BOTH, RIGHT):
        desk.edit(where)
    first, items = desk.picture, desk.items
    layers = st.fixed_dictionaries(
        {
            "feather": st.one_of(st.none(), st.integers(0, 60)),
            "grow": st.integers(-20, 20),
            "match": st.floats(0, 1),
            "grain": st.one_of(st.none(), st.floats(0, 1)),
            "opacity": st.floats(0, 1),
            "mode": st.sampled_from(BlendMode),
            "align": st.booleans(),
        }
    )
    fits = Fits(12)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(layers, st.booleans(), st.integers(0, 1)), min_size=3, max_size=3))
    def holds(wanted: list[tuple[dict[str, Any], bool, int]]) -> None:
        changed_items = tuple(
            replace(item, layer=replace(item.layer, blend=BlendSettings(**blend), is_visible=shown, candidate=index))
            for item, (blend, shown, index) in zip(items, wanted, strict=True)
        )
        replayed = stack.replay(desk.world.library, desk.world.codec, opened, desk.original, changed_items, fits=fits)
        assert replayed.outside_identical
        outside = np.ones(first.size.shape, bool)
        for item in changed_items:
            if item.layer.is_visible:
                outside[item.reach.slices] = False
        assert np.array_equal(replayed.picture.pixels[outside], desk.photo.pixels[outside])

    holds()
    assert np.array_equal(desk.replay(items).picture.pixels, first.pixels)


def test_a_lower_edits_other_candidate_shows_through_the_one_above(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(BOTH)
    lower, upper = desk.items
    other = replace(lower, layer=replace(lower.layer, candidate=1))
    first = desk.world.library.blob(lower.record.candidates[1].patch)
    rect = lower.record.candidates[1].rect

    shown = desk.replay((other, changed(upper, feather=0))).picture

    alone = Rect(LEFT.x, LEFT.y, 30, 30)
    patch = desk.world.codec.decode_png(first)
    assert np.array_equal(shown.cut(alone), patch[alone.moved(-rect.x, -rect.y).slices])
