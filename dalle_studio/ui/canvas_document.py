"""How the canvas follows the session: the photo, before and after, partial pictures, what will be sent. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.ui import canvas_view
from dalle_studio.ui.canvas_overlay import CanvasOverlay
from dalle_studio.ui.canvas_view import View

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dalle_studio.core.picture import Pixels
    from dalle_studio.core.ports import Progress
    from dalle_studio.ui.canvas_model import CanvasModel, CanvasTheme


class CanvasDocument(CanvasOverlay):
    """The surface with the open document on it."""

    def __init__(self, model: CanvasModel, theme: CanvasTheme, parent: QWidget | None = None) -> None:
        super().__init__(model, theme, parent)
        self._behind_preview: tuple[View, bool] | None = None  # the view to go back to if the photo can't be opened
        theme.changed.connect(self._follow_theme)
        model.document_changed.connect(self._show_document)
        model.loading_changed.connect(self._end_preview)
        model.pixels_changed.connect(self._show_pixels)
        model.preview_changed.connect(self._show_partial)
        model.plan_changed.connect(self._show_plan)
        model.heat_changed.connect(self._show_heat)

    def end_gestures(self) -> None:
        """For the canvas: what is shown goes away, and with it what was being drawn on it."""

    def document_shown(self) -> None:
        """For the canvas: another document lies under the pointer, or none."""

    # --- photo and preview -------------------------------------------------------------------------------------

    def set_preview(self, pixels: Pixels, size: Size) -> None:
        """A small version of a photo of `size` that is still loading: fitted and stretched.

        Where only the small size is known, that does as well: the photo itself will be fitted into the same place.
        """
        from dalle_studio.session.document_view import PictureLevels

        self.end_gestures()
        scene = self._scene
        if self._behind_preview is None:
            self._behind_preview = (scene.view, self._fits)
        scene.mask = scene.partial = scene.before = scene.heat = None
        scene.picture, scene.size, scene.smooth = PictureLevels(pixels), size, True
        self._read_plan()
        self._fit(canvas_view.LARGEST)

    def _end_preview(self, loading: bool) -> None:
        """Loading ended while the preview is still shown: the photo could not be opened, what was open stays."""
        if loading or self._behind_preview is None:
            return
        view, fits = self._behind_preview
        self._show_document()
        if self._scene.size is not None and not fits:
            self._set_view(view)

    def _show_document(self) -> None:
        self.end_gestures()
        self._behind_preview = None
        scene, shown, size = self._scene, self._model.view, self._scene.size
        scene.partial = scene.before = None
        scene.picture = None if shown is None else shown.picture
        scene.mask, scene.previewing = None if shown is None else shown.mask, False
        scene.size = None if shown is None else shown.size
        scene.smooth = False
        heat, scene.tuned_heat = self._model.heat, None
        scene.heat = None if heat is None else heat.levels
        self.read_spent()
        self._tint()
        self._read_plan()
        keeps = size is not None and (scene.size == size or self._model.keep_view)
        if scene.size is not None and (not keeps or self._fits):
            self._fit(1.0)
        elif scene.size is not None:
            self._set_view(scene.view, fits=False)
        self.document_shown()
        self.update()

    def _show_pixels(self, rect: Rect) -> None:
        if self._model.view is not None:
            self._scene.picture = self._model.view.picture
        self.read_spent()
        self.update_photo(rect)

    # --- edits -------------------------------------------------------------------------------------------------

    def set_before_shown(self, shown: bool) -> None:
        """Show what the last edit replaced, without anything on top; nothing happens where there was no edit."""
        scene, patch = self._scene, self._model.before if shown else None
        if patch is None:
            if scene.before is None:
                return
            scene.before = scene.before_rect = None
        else:
            from dalle_studio.session.document_view import PictureLevels

            scene.before, scene.before_rect = PictureLevels(patch.pixels), patch.rect
        self.update()

    def _show_partial(self) -> None:
        scene, progress = self._scene, self._model.partial
        if self._model.view is None:
            self._show_new(progress)
            return
        old, had_result = scene.partial_rect, scene.shows_result
        if progress is None or progress.partial is None or progress.partial_rect is None:
            scene.partial = scene.partial_rect = None
        else:
            from dalle_studio.session.document_view import PictureLevels

            rect = progress.partial_rect.moved(-self._model.margins.left, -self._model.margins.top)
            scene.partial, scene.partial_rect = PictureLevels(progress.partial), rect
        self._read_tuned_heat()
        if scene.shows_result is not had_result:
            self.update()  # the mask and the frame go or come
            return
        for changed in (old, scene.partial_rect):
            if changed is not None:
                self.update_photo(changed)

    def _show_new(self, progress: Progress | None) -> None:
        """With no photo open, the picture that is being made from words; an open photo is left to be worked on."""
        if progress is not None and progress.partial is not None and progress.partial_rect is None:
            height, width = progress.partial.shape[:2]
            self.set_preview(progress.partial, Size(width, height))
        elif progress is None:
            self._end_preview(loading=False)

    def _read_tuned_heat(self) -> None:
        """What was adjusted last stays until the map of the version that it became is there."""
        scene, tuned = self._scene, self._model.tuned_heat
        if tuned is not None and scene.partial_rect is not None:
            scene.tuned_heat = (tuned, scene.partial_rect)
        elif scene.partial is not None or self._model.heat is not None or not self._model.shows_heat:
            scene.tuned_heat = None

    def _show_heat(self) -> None:
        scene, heat = self._scene, self._model.heat
        if heat is None and self._model.shows_heat:
            return  # it comes soon; the photo in between would only flicker
        if heat is None or heat.levels is not scene.heat:
            scene.heat, scene.tuned_heat = None if heat is None else heat.levels, None
            self.update()

    def _show_plan(self) -> None:
        scene = self._scene
        old_frame, old_margins = scene.crop_rect, scene.margins
        old = scene.plan, scene.others, scene.margins, scene.leaves
        self._read_plan()
        if old == (scene.plan, scene.others, scene.margins, scene.leaves):
            return
        if scene.extending is not None and scene.extending.is_open:
            self.update()  # the photo stays under the hand
        elif scene.margins != old_margins and self._fits and scene.size is not None:
            self._fit(max(1.0, scene.view.scale))
        elif old_frame is not None or scene.crop_rect is not None:
            self.update()

    def _read_plan(self) -> None:
        scene, margins = self._scene, self._model.margins
        scene.plan, scene.others = self._model.plan, self._model.plans[1:]
        if self._behind_preview is not None:  # they are those of the photo that is still open
            scene.plan, margins, scene.others = None, Margins(), ()
        if scene.extending is None or not scene.extending.is_open:
            scene.margins = margins
            if scene.extending is not None:
                scene.extending.margins = margins
        self._scene.leaves = self._model.host is not None

    def _follow_theme(self) -> None:
        self._scene.tokens = self._theme.tokens
        self._tint()
        self.update()
