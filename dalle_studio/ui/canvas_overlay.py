"""How the canvas shows the mask: tint, edge, outline or alone, a preview, and outlines that march. GUI thread."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QRegion

from dalle_studio.core.geometry import Rect, Region, bounds_of
from dalle_studio.session.mask_look import Look, MaskLook
from dalle_studio.ui.canvas_scene import Scene
from dalle_studio.ui.canvas_selection import outline_region
from dalle_studio.ui.canvas_surface import CanvasSurface
from dalle_studio.ui.canvas_view import View

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dalle_studio.tools.selecting import Outline
    from dalle_studio.ui.canvas_model import CanvasModel, CanvasTheme

_MARCH_MS: Final = 120  # from one step of the marching dashes to the next
_FEW: Final = 8  # points; outlines of no more are repainted as a whole
_LINE: Final = 3  # device pixels to each side of an outline that it may touch


class CanvasOverlay(CanvasSurface):
    """The surface with a mask on it."""

    def __init__(self, model: CanvasModel, theme: CanvasTheme, parent: QWidget | None = None) -> None:
        super().__init__(Scene(theme.tokens, model.words, View()), parent)
        self._model = model
        self._theme = theme
        self._look = Look()
        self._opacity: float | None = None
        self._colour: tuple[int, int, int] | None = None
        self._march = QTimer(self)
        self._march.setInterval(_MARCH_MS)
        self._march.timeout.connect(self._step_march)
        model.mask_changed.connect(self._show_mask)
        model.mask_preview_changed.connect(self._show_mask_preview)

    @property
    def is_stroking(self) -> bool:
        """A stroke is open."""
        return False

    # --- the look ----------------------------------------------------------------------------------------------

    def set_overlay_visible(self, visible: bool) -> None:
        self._scene.overlay = visible
        self.update()

    @property
    def overlay_visible(self) -> bool:
        return self._scene.overlay

    def set_overlay_opacity(self, opacity: float) -> None:
        """0 to 1."""
        self._opacity = opacity
        self._tint()
        self.update()

    def set_overlay_colour(self, colour: tuple[int, int, int] | None) -> None:
        """RGB; None = the theme's."""
        self._colour = colour
        self._tint()
        self.update()

    @property
    def overlay_colour(self) -> tuple[int, int, int] | None:
        return self._colour

    @property
    def mask_look(self) -> MaskLook:
        return self._look.kind

    def set_mask_look(self, kind: MaskLook) -> None:
        self._look = replace(self._look, kind=kind)
        self._tint()
        self.update()

    @property
    def overlay_inverted(self) -> bool:
        return self._look.inverted

    def set_overlay_inverted(self, inverted: bool) -> None:
        """Tint what stays instead of what will change."""
        self._look = replace(self._look, inverted=inverted)
        self._tint()
        self.update()

    # --- changes -----------------------------------------------------------------------------------------------

    def show_outline(self, old: Outline | None, new: Outline | None) -> None:
        """Repaint where the outline of a gesture was and is."""
        self._scene.selection = new
        region = QRegion()
        grows = (
            old is not None
            and new is not None
            and old.shape is new.shape
            and len(old.points) > _FEW
            and new.points[: len(old.points) - 1] == old.points[:-1]
        )
        for outline in (old, new):
            if outline is not None:
                since = len(old.points) - 1 if grows and old is not None else 0
                region += self._outline_region(outline, since=since)
        self.update(region)
        self._march_on()

    def read_spent(self) -> None:
        """The mask was used up by an edit, or no longer is."""
        spent = self._model.mask_spent and not self.is_stroking
        if spent is not self._scene.spent:
            self._scene.spent = spent
            self.update()

    def _show_mask_change(self, rect: Rect) -> None:
        if rect.is_empty or self._scene.mask is None or self._scene.size is None:
            return
        self._scene.mask.refresh(rect.clipped(self._scene.size))
        self.read_spent()
        self.update_photo(rect)

    def _show_mask(self, region: Region) -> None:
        """The session changed it, and its reductions with it."""
        self.read_spent()
        self._march_on()
        for rect in region:
            self.update_photo(rect)

    def _show_mask_preview(self) -> None:
        """What an operation would make of the mask, or the mask again."""
        view, preview = self._model.view, self._model.mask_preview
        self._scene.previewing = preview is not None
        self._scene.mask = preview if preview is not None or view is None else view.mask
        self._tint()
        self.update()

    def _tint(self) -> None:
        if self._scene.mask is not None:
            *colour, alpha = self._theme.tokens.overlay
            red, green, blue = colour if self._colour is None else self._colour
            opacity = alpha / 255 if self._opacity is None else self._opacity
            self._look = replace(self._look, colour=(red, green, blue), opacity=opacity)
            self._scene.mask.set_look(self._look)
            self._scene.alone = self._look.kind is MaskLook.ALONE
        self._march_on()

    def _march_on(self) -> None:
        """Dashes march while something is outlined."""
        marches = self._scene.selection is not None or (
            self._look.kind is MaskLook.OUTLINE and self._scene.mask is not None and self._scene.overlay
        )
        if marches and not self._march.isActive():
            self._march.start()
        elif not marches:
            self._march.stop()

    def _step_march(self) -> None:
        if not self.isVisible():
            return
        scene, mask = self._scene, self._model.mask
        scene.phase += 1
        if scene.selection is not None:
            self.update(self._outline_region(scene.selection))
        if self._look.kind is MaskLook.OUTLINE and mask is not None and scene.shows_mask:
            self.update_photo(bounds_of(mask.filled))

    def _outline_region(self, outline: Outline, *, since: int = 0) -> QRegion:
        """Logical pixels."""
        width = round(_LINE * self._scene.dpr)
        if outline.radius:
            width += math.ceil(outline.radius * self._scene.view.scale)
        region = outline_region(outline, self._scene.view.to_device, width, since=since)
        if self._scene.dpr == 1.0:
            return region
        return QRegion(self._logical_rect(region.boundingRect()))
