"""Selection tools, without Qt: gestures in, jobs out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask, Mask
from dalle_studio.core.picture import Picture
from dalle_studio.imaging import shapes
from dalle_studio.imaging.selection import Combine, apply
from dalle_studio.imaging.stopping import never
from dalle_studio.tools.ellipse import EllipseTool
from dalle_studio.tools.lasso import LassoTool
from dalle_studio.tools.pointer import PointerEvent, PointerKind
from dalle_studio.tools.rectangle import RectangleTool
from dalle_studio.tools.selecting import Outline, Scene, SelectionJob, SelectionOptions, SelectionTool, Shape
from dalle_studio.tools.smart_select import SmartSelectTool
from dalle_studio.tools.wand import WandTool
from tests.conftest import ROOT

PRESS, MOVE, RELEASE = PointerKind.PRESS, PointerKind.MOVE, PointerKind.RELEASE
SIZE = Size(200, 150)
PLAIN = SelectionOptions()


@pytest.fixture
def scene() -> Scene:
    pixels = np.full((*SIZE.shape, 3), 40, np.uint8)
    pixels[30:110, 40:140] = (210, 120, 60)
    pixels += np.random.default_rng(0).integers(0, 6, pixels.shape, np.uint8)
    return Scene(Picture(pixels), Mask(SIZE), near=6.0)


def send(
    tool: SelectionTool,
    scene: Scene,
    kind: PointerKind,
    at: tuple[float, float],
    options: SelectionOptions = PLAIN,
    *,
    shift: bool = False,
    alt: bool = False,
) -> SelectionJob | None:
    return tool.handle(PointerEvent(kind, *at, straight=shift, erases=alt), scene, options)


def drag(
    tool: SelectionTool,
    scene: Scene,
    path: list[tuple[float, float]],
    options: SelectionOptions = PLAIN,
    *,
    shift: bool = False,
    alt: bool = False,
) -> SelectionJob | None:
    """Keys are held at the press only."""
    assert send(tool, scene, PRESS, path[0], options, shift=shift, alt=alt) is None
    for at in path[1:]:
        assert send(tool, scene, MOVE, at, options) is None
    return send(tool, scene, RELEASE, path[-1], options)


def click(tool: SelectionTool, scene: Scene, at: tuple[float, float]) -> SelectionJob | None:
    job = send(tool, scene, PRESS, at)
    return job if job is not None else send(tool, scene, RELEASE, at)


def made(job: SelectionJob | None) -> FrozenMask:
    assert job is not None
    return job.work(never)


def is_open(tool: SelectionTool) -> bool:
    """Asked anew each time, as far as the type checker can tell."""
    return tool.is_open


def shown(tool: SelectionTool) -> Outline | None:
    """As `is_open`."""
    return tool.outline


MARQUEES = [RectangleTool, EllipseTool]
TOOLS = [*MARQUEES, LassoTool, WandTool, SmartSelectTool]


def test_a_rectangle_is_what_its_outline_showed(scene: Scene) -> None:
    tool = RectangleTool()
    send(tool, scene, PRESS, (20.4, 30.6))
    send(tool, scene, MOVE, (80.2, 10.1))
    assert is_open(tool)
    outline = shown(tool)
    assert outline is not None
    assert outline.shape is Shape.RECTANGLE
    assert list(outline.points) == [(20, 10), (80, 31)]
    mask = made(send(tool, scene, RELEASE, (80.2, 10.1)))
    assert mask.bounds == Rect(20, 10, 60, 21)
    assert mask.pixels.min() == 255
    assert not is_open(tool)
    assert shown(tool) is None


def test_an_ellipse_fills_its_rectangle(scene: Scene) -> None:
    mask = made(drag(EllipseTool(), scene, [(20, 30), (120, 90)]))
    np.testing.assert_array_equal(mask.full(), shapes.ellipse(SIZE, Rect(20, 30, 100, 60)).full())


@pytest.mark.parametrize(
    ("shift", "alt", "how"),
    [
        (False, False, Combine.REPLACE),
        (True, False, Combine.ADD),
        (False, True, Combine.SUBTRACT),
        (True, True, Combine.INTERSECT),
    ],
)
@pytest.mark.parametrize("make", TOOLS)
def test_keys_held_at_the_start_say_how_it_combines(
    scene: Scene, make: type[SelectionTool], shift: bool, alt: bool, how: Combine
) -> None:
    tool = make()
    job = send(tool, scene, PRESS, (20, 20), shift=shift, alt=alt)
    if job is None:
        for at in [(90, 20), (90, 120)]:
            send(tool, scene, MOVE, at)
        job = send(tool, scene, RELEASE, (90, 120))
    assert job is not None
    assert job.combine is how


def test_the_option_counts_where_no_key_is_held(scene: Scene) -> None:
    job = drag(RectangleTool(), scene, [(0, 0), (9, 9)], SelectionOptions(combine=Combine.ADD))
    assert job is not None
    assert job.combine is Combine.ADD


@pytest.mark.parametrize("make", MARQUEES)
def test_shift_pressed_later_makes_a_square_and_alt_centres_it(scene: Scene, make: type[SelectionTool]) -> None:
    tool = make()
    send(tool, scene, PRESS, (100, 70))
    send(tool, scene, MOVE, (130, 80), shift=True)
    job = send(tool, scene, RELEASE, (130, 80))
    assert job is not None
    assert job.combine is Combine.REPLACE
    assert made(job).bounds == Rect(100, 70, 30, 30)
    send(tool, scene, PRESS, (100, 70))
    send(tool, scene, MOVE, (130, 80), alt=True)
    assert made(send(tool, scene, RELEASE, (130, 80))).bounds == Rect(70, 60, 60, 20)


def test_a_key_held_from_the_start_makes_a_square_only_when_pressed_again(scene: Scene) -> None:
    tool = RectangleTool()
    send(tool, scene, PRESS, (10, 10), shift=True)
    send(tool, scene, MOVE, (30, 20), shift=True)
    assert tool.outline is not None
    assert list(tool.outline.points) == [(10, 10), (30, 20)]
    send(tool, scene, MOVE, (30, 20))
    send(tool, scene, MOVE, (30, 20), shift=True)
    job = send(tool, scene, RELEASE, (30, 20))
    assert made(job).bounds == Rect(10, 10, 20, 20)
    assert job is not None
    assert job.combine is Combine.ADD


@pytest.mark.parametrize("make", [*MARQUEES, SmartSelectTool, LassoTool])
def test_a_click_selects_nothing(scene: Scene, make: type[SelectionTool]) -> None:
    assert click(make(), scene, (50, 50)) is None


corner = st.tuples(st.floats(-100, 300), st.floats(-100, 250))


@given(st.lists(corner, min_size=3, max_size=20))
def test_a_free_lasso_is_the_polygon_of_its_points(path: list[tuple[float, float]]) -> None:
    scene = Scene(Picture(np.zeros((*SIZE.shape, 3), np.uint8)), Mask(SIZE), near=1.0)
    tool = LassoTool()
    kept = [path[0]]
    job = send(tool, scene, PRESS, path[0])
    for at in path[1:]:
        job = send(tool, scene, MOVE, at)
        assert job is None
        assert tool.outline is not None
        kept = list(tool.outline.points)
    job = send(tool, scene, RELEASE, path[-1])
    expected = shapes.polygon(SIZE, kept)
    if job is not None:
        np.testing.assert_array_equal(made(job).full(), expected.full())
    else:
        assert len(kept) < 3


def test_clicks_make_a_polygon_that_closes_at_its_first_point(scene: Scene) -> None:
    tool = LassoTool()
    corners = [(20.0, 20.0), (120.0, 30.0), (70.0, 110.0)]
    for at in corners:
        assert click(tool, scene, at) is None
        assert is_open(tool)
    send(tool, scene, MOVE, (60, 60))
    assert tool.outline is not None
    assert list(tool.outline.points) == [*corners, (60, 60)]
    assert not tool.outline.closes
    send(tool, scene, MOVE, (22, 23))
    near = shown(tool)
    assert near is not None
    assert near.closes
    mask = made(click(tool, scene, (22, 23)))
    np.testing.assert_array_equal(mask.full(), shapes.polygon(SIZE, corners).full())
    assert not is_open(tool)


def test_a_polygon_can_be_finished_stepped_back_and_dropped(scene: Scene) -> None:
    tool = LassoTool()
    corners = [(20.0, 20.0), (120.0, 30.0), (70.0, 110.0)]
    for at in [*corners, (5.0, 140.0)]:
        click(tool, scene, at)
    assert tool.step_back()
    mask = made(tool.finish(scene, PLAIN))
    np.testing.assert_array_equal(mask.full(), shapes.polygon(SIZE, corners).full())
    click(tool, scene, (5, 5))
    tool.cancel()
    assert not is_open(tool)
    assert not tool.step_back()
    assert tool.finish(scene, PLAIN) is None
    click(tool, scene, (5, 5))
    assert tool.step_back()
    assert not is_open(tool)


def test_free_pieces_and_corners_make_one_outline(scene: Scene) -> None:
    tool = LassoTool()
    click(tool, scene, (20, 20))
    assert drag(tool, scene, [(100, 20), (120, 30), (130, 60)]) is None
    job = click(tool, scene, (21, 22))
    expected = shapes.polygon(SIZE, [(20, 20), (100, 20), (120, 30), (130, 60)])
    np.testing.assert_array_equal(made(job).full(), expected.full())


def test_the_wand_selects_on_the_press_and_only_inside_the_photo(scene: Scene) -> None:
    tool = WandTool()
    job = send(tool, scene, PRESS, (60.7, 60.2), SelectionOptions(tolerance=20, antialias=False))
    assert made(job).bounds == Rect(40, 30, 100, 80)
    assert send(tool, scene, RELEASE, (60.7, 60.2)) is None
    assert send(tool, scene, PRESS, (-0.1, 60)) is None
    assert send(tool, scene, PRESS, (200.0, 60)) is None


def test_smart_select_finds_the_object_in_a_box_and_under_a_stroke(scene: Scene) -> None:
    truth = Rect(40, 30, 100, 80)
    tool = SmartSelectTool()
    boxed = made(drag(tool, scene, [(28, 18), (152, 122)]))
    assert truth.grown(1).contains(boxed.bounds)
    assert boxed.cut(truth.grown(-2)).min() == 255
    by_strokes = SelectionOptions(by_strokes=True, radius=4)
    send(tool, scene, PRESS, (60, 60), by_strokes)
    assert tool.outline is not None
    assert (tool.outline.shape, tool.outline.radius) == (Shape.STROKE, 4)
    tool.cancel()
    job = drag(tool, scene, [(60, 60), (120, 80)], by_strokes)
    assert job is not None
    assert job.combine is Combine.ADD
    assert made(job).cut(truth.grown(-2)).min() == 255
    scene.mask.begin()
    apply(scene.mask, boxed, Combine.REPLACE)
    scene.mask.commit("test")
    taken = drag(tool, scene, [(60, 60), (120, 80)], by_strokes, alt=True)
    assert taken is not None
    assert taken.combine is Combine.SUBTRACT
    scene.mask.begin()
    apply(scene.mask, made(taken), taken.combine)
    scene.mask.commit("test")
    assert scene.mask.coverage < 0.02


@pytest.mark.parametrize("make", TOOLS)
def test_what_happens_before_a_press_is_nothing(scene: Scene, make: type[SelectionTool]) -> None:
    tool = make()
    for kind in (MOVE, RELEASE):
        assert send(tool, scene, kind, (30, 30)) is None
    assert not is_open(tool)
    assert tool.outline is None
    assert tool.finish(scene, PLAIN) is None
    assert not tool.step_back()
    tool.cancel()


@pytest.mark.parametrize("make", [*MARQUEES, SmartSelectTool, LassoTool])
def test_a_cancelled_gesture_leaves_nothing(scene: Scene, make: type[SelectionTool]) -> None:
    tool = make()
    send(tool, scene, PRESS, (30, 30))
    send(tool, scene, MOVE, (90, 90))
    tool.cancel()
    assert send(tool, scene, RELEASE, (90, 90)) is None
    assert tool.outline is None


def test_steps_have_names_in_words() -> None:
    words = json.loads((ROOT / "resources" / "words" / "en" / "tools.json").read_text(encoding="utf-8"))
    for path in Path(ROOT, "dalle_studio", "tools").glob("*.py"):
        for name in re.findall(r'"(tools\.step_[a-z_]+)"', path.read_text(encoding="utf-8")):
            assert name in words
