"""What the canvas repaints, and that parts painted alone fit the whole."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect
from PySide6.QtGui import QColor, QImage, QPaintEvent

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Progress, Stage
from dalle_studio.session.document import Patch
from dalle_studio.session.mask_look import MaskLook
from dalle_studio.session.qimages import copy_pixels
from dalle_studio.tools.pointer import ToolName
from dalle_studio.ui.canvas import Canvas
from dalle_studio.ui.canvas_layers import crop_label
from dalle_studio.ui.theme import DARK, LIGHT
from tests.ui.canvas_driver import FakeDocument, FakeTheme, Hand, synthetic_photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot


class PaintWatch(QObject):
    """Collects the exposed rectangles of a widget's paint events."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.bounds: list[QRect] = []
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.bounds.append(event.region().boundingRect())
        return False


@pytest.fixture
def document() -> FakeDocument:
    return FakeDocument()


@pytest.fixture
def theme() -> FakeTheme:
    return FakeTheme()


@pytest.fixture
def canvas(qtbot: QtBot, document: FakeDocument, theme: FakeTheme) -> Canvas:
    canvas = Canvas(document, theme)
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    document.open(synthetic_photo(1200, 800))
    with qtbot.waitExposed(canvas):
        canvas.show()
    return canvas


@pytest.fixture
def hand(canvas: Canvas) -> Hand:
    return Hand(canvas)


def on_screen(canvas: Canvas) -> NDArray[np.int16]:
    """What the window really holds, painted piece by piece."""
    return copy_pixels(canvas.screen().grabWindow(canvas.winId()).toImage())[..., :3].astype(np.int16)


def painted_anew(canvas: Canvas) -> NDArray[np.int16]:
    return copy_pixels(canvas.grab().toImage())[..., :3].astype(np.int16)


def settle(qtbot: QtBot, watch: PaintWatch, action: Callable[[], object]) -> list[QRect]:
    """Do something that repaints; returns what was repainted."""
    watch.bounds.clear()
    action()
    qtbot.waitUntil(lambda: bool(watch.bounds))
    return list(watch.bounds)


@pytest.mark.parametrize("percent", [None, 100, 400])
def test_a_stroke_repaints_its_dirty_rectangle_only(
    qtbot: QtBot, canvas: Canvas, hand: Hand, percent: int | None
) -> None:
    if percent is not None:
        canvas.zoom_to(percent)
    start, end = QPoint(400, 350), QPoint(412, 356)
    watch = PaintWatch(canvas)
    hand.hover(start)
    qtbot.waitUntil(lambda: bool(watch.bounds))
    hand.press(start)
    qtbot.wait(0)
    bounds = settle(qtbot, watch, lambda: hand.move(end))
    radius = math.ceil(10 * canvas.zoom / 100)
    reach = radius + 16
    allowed = QRect(start, end).normalized().adjusted(-reach, -reach, reach, reach)
    assert all(allowed.contains(rect) for rect in bounds), (allowed, bounds)


@pytest.mark.parametrize("percent", [None, 23.7, 58, 100, 130, 260])
@pytest.mark.parametrize("hardness", [1.0, 0.2])
def test_painting_piece_by_piece_equals_painting_anew(
    qtbot: QtBot, canvas: Canvas, document: FakeDocument, hand: Hand, percent: float | None, hardness: float
) -> None:
    document.set_brush(25, hardness)
    if percent is not None:
        canvas.zoom_to(percent)
    watch = PaintWatch(canvas)
    qtbot.waitUntil(lambda: bool(watch.bounds) or percent is None)
    where = [QPoint(330 + round(120 * math.cos(a)), 330 + round(70 * math.sin(2 * a))) for a in np.linspace(0, 6, 25)]
    hand.press(where[0])
    for place in where[1:]:
        settle(qtbot, watch, lambda place=place: hand.move(place))  # type: ignore[misc]  # bound at once
    hand.release(where[-1])
    settle(qtbot, watch, lambda: hand.hover(QPoint(60, 60)))
    difference = np.abs(on_screen(canvas) - painted_anew(canvas))
    assert difference.max() <= 2
    assert np.count_nonzero(difference) <= difference.size // 500


def test_moving_a_large_outline_leaves_the_photo_inside_alone(
    qtbot: QtBot, canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    document.set_brush(300, 1.0)
    watch = PaintWatch(canvas)
    settle(qtbot, watch, lambda: hand.hover(QPoint(450, 350)))
    settle(qtbot, watch, lambda: hand.hover(QPoint(455, 352)))
    assert np.abs(on_screen(canvas) - painted_anew(canvas)).max() <= 2


def test_the_overlay_tints_what_is_masked_and_can_be_hidden(canvas: Canvas, hand: Hand) -> None:
    where = canvas.photo_to_widget(300, 300)
    bare = canvas.grab().toImage().pixelColor(where)
    hand.drag((300, 300))
    canvas.show_pointer(None)
    tinted = canvas.grab().toImage().pixelColor(where)
    share = DARK.overlay[3] / 255
    assert abs(tinted.red() - (bare.red() * (1 - share) + DARK.overlay[0] * share)) < 8
    assert abs(tinted.green() - (bare.green() * (1 - share) + DARK.overlay[1] * share)) < 8
    canvas.set_overlay_opacity(1.0)
    full = canvas.grab().toImage().pixelColor(where)
    assert abs(full.red() - DARK.overlay[0]) < 3
    canvas.set_overlay_visible(False)
    assert canvas.grab().toImage().pixelColor(where) == bare


def test_the_edge_of_the_mask_is_dashed(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    canvas.zoom_to(100)
    document.set_brush(60, 1.0)
    hand.drag((600, 400))
    canvas.show_pointer(None)
    image = canvas.grab().toImage()
    rim = [canvas.photo_to_widget(600 + 59 * math.cos(a), 400 + 59 * math.sin(a)) for a in np.linspace(0, 6.28, 200)]
    bright = [
        max(image.pixelColor(p + QPoint(dx, dy)).lightness() for dx in (-1, 0, 1) for dy in (-1, 0, 1)) for p in rim
    ]
    assert sum(value > 220 for value in bright) > 60
    assert sum(value < 200 for value in bright) > 20


def test_held_before_shows_what_was_there_and_nothing_above_it(
    canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    hand.drag((300, 300))
    document.before = Patch(Rect(250, 250, 100, 100), np.full((100, 100, 3), 7, np.uint8))
    canvas.show_pointer(None)
    with_mask = canvas.grab().toImage()
    canvas.set_before_shown(True)
    assert canvas.grab().toImage().pixelColor(canvas.photo_to_widget(300, 300)) == QColor(7, 7, 7)
    canvas.set_before_shown(False)
    assert canvas.grab().toImage() == with_mask


def test_a_partial_picture_is_shown_in_its_place_until_it_is_cleared(canvas: Canvas, document: FakeDocument) -> None:
    bare = canvas.grab().toImage()
    pixels = np.full((200, 300, 3), (10, 200, 30), np.uint8)
    document.partial = Progress(Stage.WAIT, partial=pixels, partial_rect=Rect(600, 400, 300, 200))
    document.preview_changed.emit()
    shown = canvas.grab().toImage()
    assert shown.pixelColor(canvas.photo_to_widget(750, 500)) == QColor(10, 200, 30)
    outside = canvas.photo_to_widget(550, 500)
    assert shown.pixelColor(outside) == bare.pixelColor(outside)
    document.partial = None
    document.preview_changed.emit()
    assert canvas.grab().toImage() == bare


def test_nothing_lies_over_a_partial_picture(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    hand.drag((700, 500))
    canvas.show_pointer(None)
    document.plan = Plan(Size(1200, 800), Rect(600, 400, 300, 200), Size(1536, 1024), Rect(0, 0, 1536, 1024))
    document.plan_changed.emit()
    framed = canvas.grab().toImage()
    pixels = np.full((200, 300, 3), (10, 200, 30), np.uint8)
    document.partial = Progress(Stage.WAIT, partial=pixels, partial_rect=Rect(600, 400, 300, 200))
    document.preview_changed.emit()
    shown = canvas.grab().toImage()
    for place in ((700, 500), (602, 402), (750, 500)):
        assert shown.pixelColor(canvas.photo_to_widget(*place)) == QColor(10, 200, 30)
    document.partial = None
    document.preview_changed.emit()
    assert canvas.grab().toImage() == framed


def test_the_crop_is_framed_and_the_rest_of_the_photo_veiled(canvas: Canvas, document: FakeDocument) -> None:
    bare = canvas.grab().toImage()
    document.plan = Plan(Size(1200, 800), Rect(300, 200, 600, 400), Size(1536, 1024), Rect(0, 0, 1536, 1024))
    document.plan_changed.emit()
    framed = canvas.grab().toImage()
    corner = canvas.photo_to_widget(300, 200)
    assert framed.pixelColor(corner + QPoint(20, 0)).lightness() > 200
    inside, outside = canvas.photo_to_widget(600, 400), canvas.photo_to_widget(100, 700)
    assert framed.pixelColor(inside) == bare.pixelColor(inside)
    assert framed.pixelColor(outside).value() < bare.pixelColor(outside).value()
    document.plan = None
    document.plan_changed.emit()
    assert canvas.grab().toImage() == bare


def test_the_words_on_the_crop_are_legible_on_white_and_true(canvas: Canvas, document: FakeDocument) -> None:
    document.open(np.full((800, 1200, 3), 255, np.uint8))
    document.plan = Plan(Size(1200, 800), Rect(300, 200, 600, 400), Size(1536, 1024), Rect(0, 0, 1536, 1024))
    said = []
    for host in ("api.openai.com", None):
        document.host = host
        document.plan_changed.emit()
        label = crop_label(canvas._scene, *canvas._scene.crops[0])
        assert label is not None
        where, text = label
        said.append(text)
        image = canvas.grab().toImage()
        assert image.pixelColor(where.topLeft() + QPoint(3, 2)).lightness() < 110
    assert said[0].startswith("Will be sent")
    assert said[1].startswith("Will be edited")


def test_the_words_on_the_crop_are_not_tinted_and_a_mask_alone_has_none(canvas: Canvas, document: FakeDocument) -> None:
    document.plan = Plan(Size(1200, 800), Rect(300, 200, 600, 400), Size(1536, 1024), Rect(0, 0, 1536, 1024))
    document.plan_changed.emit()
    label = crop_label(canvas._scene, *canvas._scene.crops[0])
    assert label is not None
    plain = canvas.grab(label[0]).toImage()
    canvas.set_overlay_inverted(True)
    tinted = canvas.grab(label[0]).toImage()
    bright = [
        sum(i.pixelColor(x, y).lightness() > 200 for x in range(i.width()) for y in range(i.height()))
        for i in (plain, tinted)
    ]
    assert bright[0] > 50
    assert abs(bright[1] - bright[0]) < bright[0] / 10
    canvas.set_mask_look(MaskLook.ALONE)
    black = canvas.grab(QRect(canvas.photo_to_widget(0, 0), canvas.photo_to_widget(1199, 799))).toImage()
    assert {black.pixel(x, y) for x in range(0, black.width(), 3) for y in range(0, black.height(), 3)} == {0xFF000000}


def test_what_would_be_sent_of_the_open_photo_is_not_drawn_on_the_next_one(
    canvas: Canvas, document: FakeDocument
) -> None:
    document.plan = Plan(Size(1200, 800), Rect(300, 200, 600, 400), Size(1536, 1024), Rect(0, 0, 1536, 1024))
    document.plan_changed.emit()
    framed = canvas.grab().toImage()
    canvas.set_preview(np.full((100, 150, 3), 90, np.uint8), Size(150, 100))
    document.plan_changed.emit()
    assert canvas._scene.crop_rect is None
    document.loading_changed.emit(False)  # it could not be opened
    assert canvas.grab().toImage() == framed


def test_the_words_on_the_crop_keep_clear_of_the_name_above(canvas: Canvas, document: FakeDocument) -> None:
    document.plan = Plan(Size(1200, 800), Rect(300, 200, 600, 400), Size(1536, 1024), Rect(0, 0, 1536, 1024))
    document.plan_changed.emit()
    canvas.zoom_to(100)
    for _ in range(40):
        label = crop_label(canvas._scene, *canvas._scene.crops[0])
        assert label is None or label[0].top() >= 36
        canvas.pan_by(0, -15)


def test_margins_show_where_the_photo_will_grow(canvas: Canvas, document: FakeDocument) -> None:
    zoom = canvas.zoom
    document.margins = Margins(left=300)
    document.plan_changed.emit()
    assert canvas.zoom < zoom  # the grown canvas is fitted
    image = canvas.grab().toImage()
    new = image.pixelColor(canvas.photo_to_widget(-150, 400))
    assert new.red() > 2 * new.green()  # masked
    assert new.green() < 100  # and calmer than a photo


def test_changed_pixels_are_shown(canvas: Canvas, document: FakeDocument) -> None:
    assert document.view is not None
    pixels = synthetic_photo(1200, 800)
    pixels[100:200, 100:300] = 9
    document.view.replace_pixels(pixels, Rect(100, 100, 200, 100))
    document.pixels_changed.emit(Rect(100, 100, 200, 100))
    assert canvas.grab().toImage().pixelColor(canvas.photo_to_widget(200, 150)) == QColor(9, 9, 9)


def test_transparent_parts_lie_on_a_checkerboard(canvas: Canvas, document: FakeDocument) -> None:
    pixels = np.zeros((800, 1200, 4), np.uint8)
    pixels[:, 600:] = (200, 10, 10, 255)
    document.open(pixels)
    image = canvas.grab().toImage()
    row = canvas.photo_to_widget(0, 400).y()
    columns = range(canvas.photo_to_widget(50, 0).x(), canvas.photo_to_widget(550, 0).x())
    assert {image.pixelColor(x, row).value() for x in columns} == {204, 255}
    assert image.pixelColor(canvas.photo_to_widget(900, 400)) == QColor(200, 10, 10)


def test_sixteen_bits_are_shown_by_their_upper_eight(canvas: Canvas, document: FakeDocument) -> None:
    document.open(np.full((800, 1200, 3), 0x4080, np.uint16))
    assert canvas.grab().toImage().pixelColor(canvas.photo_to_widget(600, 400)) == QColor(0x40, 0x40, 0x40)


def test_pixels_are_crisp_when_magnified(canvas: Canvas, document: FakeDocument) -> None:
    pixels = np.zeros((800, 1200, 3), np.uint8)
    pixels[::2, ::2] = 255
    document.open(pixels)
    canvas.zoom_to(400)
    shown = painted_anew(canvas)[100:400, 100:400]
    assert set(np.unique(shown)) == {0, 255}


def test_zoomed_out_it_stays_near_an_exact_reduction(canvas: Canvas, document: FakeDocument) -> None:
    import cv2

    random = np.random.default_rng(3)
    coarse = random.integers(0, 255, (100, 150, 3), dtype=np.uint8)
    fine = cv2.resize(coarse, (3000, 1998), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    photo = np.clip(fine + random.integers(-12, 12, fine.shape), 0, 255).astype(np.uint8)
    document.open(photo)
    canvas.zoom_to(100 / 6)
    left, top = canvas.photo_to_widget(0, 0).toTuple()
    exact = cv2.resize(photo, (500, 333), interpolation=cv2.INTER_AREA).astype(np.int16)
    shown = painted_anew(canvas)[top : top + 333, left : left + 500]
    assert np.abs(shown - exact)[4:-4, 4:-4].mean() <= 2.5


def test_the_pixel_grid_appears_above_800_per_cent(canvas: Canvas, document: FakeDocument) -> None:
    document.open(np.full((800, 1200, 3), 250, np.uint8))
    canvas.zoom_to(600)
    assert len(np.unique(painted_anew(canvas)[200:300, 200:300])) == 1
    canvas.zoom_to(1200)
    assert len(np.unique(painted_anew(canvas)[200:300, 200:300])) > 1


def test_an_empty_canvas_says_what_to_do(qtbot: QtBot) -> None:
    canvas = Canvas(FakeDocument("ko"), FakeTheme())
    qtbot.addWidget(canvas)
    canvas.resize(600, 400)
    image = canvas.grab().toImage()
    assert image.pixelColor(3, 3) == QColor(DARK.canvas)
    middle = [image.pixelColor(x, y) for x in range(200, 400) for y in range(180, 220)]
    assert any(colour != QColor(DARK.canvas) for colour in middle)


def test_the_ground_follows_the_theme(canvas: Canvas, theme: FakeTheme) -> None:
    theme.tokens = LIGHT
    theme.changed.emit()
    assert canvas.grab().toImage().pixelColor(2, 2) == QColor(LIGHT.canvas)


HIGH_DPI = """
import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication
from tests.ui.canvas_driver import FakeDocument, FakeTheme, Hand, synthetic_photo
from dalle_studio.tools.pointer import ToolName
from dalle_studio.ui.canvas import Canvas
application = QApplication([])
document = FakeDocument()
canvas = Canvas(document, FakeTheme())
canvas.resize(600, 450)
canvas.show()
document.open(synthetic_photo(800, 600))
assert canvas.devicePixelRatioF() == {ratio}, canvas.devicePixelRatioF()
canvas.zoom_to(100)
distance = canvas.photo_to_widget(200, 0) - canvas.photo_to_widget(0, 0)
assert abs(distance.x() - 200 / {ratio}) <= 1, distance
Hand(canvas).drag((400, 300), (440, 300))
painted = document.painted
assert abs(painted.left - 390) <= 3 and abs(painted.right - 450) <= 3, painted
image = canvas.grab().toImage()
assert image.width() == round(600 * {ratio})
"""


@pytest.mark.parametrize("ratio", [2.0, 1.5])
def test_on_a_high_dpi_screen_100_per_cent_is_one_screen_pixel(ratio: float) -> None:
    environment = {**os.environ, "QT_SCALE_FACTOR": str(ratio)}
    done = subprocess.run(
        [sys.executable, "-c", HIGH_DPI.format(ratio=ratio)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_outline_goes_with_the_brush(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    bare = canvas.grab().toImage()
    document.set_brush(60, 1.0)
    hand.hover(hand.at(600, 400))
    assert canvas.grab().toImage() != bare
    canvas.set_tool(ToolName.RECTANGLE)  # by its key: the pointer rests
    assert canvas.grab().toImage() == bare


def test_the_outline_is_two_toned(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    document.open(np.full((800, 1200, 3), 128, np.uint8))
    document.set_brush(40, 1.0)
    canvas.zoom_to(100)
    where = QPoint(450, 350)
    hand.hover(where)
    image: QImage = canvas.grab().toImage()
    line = [image.pixelColor(where.x() + dx, where.y()).value() for dx in range(34, 50)]
    assert max(line) > 190
    assert min(line) < 100
    assert canvas.widget_to_photo(QPointF(where)) is not None
