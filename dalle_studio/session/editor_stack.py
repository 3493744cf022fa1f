"""The edits of the shown version as layers: looked at while they are adjusted, put together exactly afterwards.

GUI thread; the worker computes. While something is dragged (`tune`) only the latest setting is looked at. `keep_tuned`
makes it a version: recorded, undoable, and nothing is sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from dalle_studio.core.errors import StudioError
from dalle_studio.session.editor_making import EditorMaking

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from dalle_studio.core.picture import Picture
    from dalle_studio.core.ports import Progress
    from dalle_studio.core.records import Candidate, Layer
    from dalle_studio.core.reshape import Reshape
    from dalle_studio.core.words import Words
    from dalle_studio.session.document import Document
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.made import Made
    from dalle_studio.session.opening import Loaded
    from dalle_studio.session.proofs import Look, ProofDesk, Sight
    from dalle_studio.session.qimages import SharedImage
    from dalle_studio.session.worker import Job, Tell
    from dalle_studio.workflow.made_here import Ground
    from dalle_studio.workflow.stack import Item

    Stack = tuple[Item, ...]


class EditorStack(EditorMaking):
    """What can be done with edits that were made."""

    stack_changed = Signal()
    """`stack` is another one, or shows its edits otherwise."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._stack: Stack = ()
        self._stack_of: tuple[str | None, int] | None = None  # the version that `_stack` is of; None = not known yet
        self._layer: str | None = None
        self._tuned: Stack | None = None
        self._keeping: Stack | None = None  # on its way to become a version
        self._wish: tuple[Stack, int, Sight] | None = None  # what is to be looked at, the latest
        self._looker: Job[Any] | None = None
        self._desk: ProofDesk | None = None
        self._shows_heat = False  # see `EditorHeat`
        self._looked_map: tuple[Progress, SharedImage] | None = None  # of what is tuned
        self._coming: Stack | None = None  # of the version that is just being put in place
        self.document_changed.connect(self._read_stack)
        self.pixels_changed.connect(self._read_stack)
        self.document_changed.connect(self._clear_desk)

    # --- what there is -----------------------------------------------------------------------------------------

    @property
    def stack(self) -> Stack:
        """From the bottom, as it is shown or as it is just being tuned; empty without an edit."""
        return self._stack if self._tuned is None else self._tuned

    @property
    def layer_at(self) -> int:
        """Which layer is chosen, the uppermost by default; -1 without any."""
        ids = [item.layer.edit_id for item in self.stack]
        return ids.index(self._layer) if self._layer in ids else len(ids) - 1

    def choose_layer(self, at: int) -> None:
        """What is adjusted from now on."""
        if 0 <= at < len(self.stack) and at != self.layer_at:
            self.keep_tuned()
            self._layer = self.stack[at].layer.edit_id
            self.stack_changed.emit()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Of the shown edit; of the chosen layer, where the version was made here of edits."""
        item = self._blended_anew
        return super().candidates if item is None else item.record.candidates

    @property
    def chosen(self) -> int:
        item = self._blended_anew
        if item is None:
            return super().chosen
        return next((at for at, one in enumerate(self.candidates) if one.index == item.layer.candidate), 0)

    @property
    def _blended_anew(self) -> Item | None:
        """The chosen layer, of a version without candidates of its own, where that layer is seen and has several."""
        at = self.layer_at
        if at < 0 or len(super().candidates) > 1:
            return None
        item = self.stack[at]
        return item if item.can_blend and item.layer.is_visible and len(item.record.candidates) > 1 else None

    @property
    def can_tune(self) -> bool:
        """Not while an engine works on the photo as it is."""
        return bool(self._stack) and self._stack_of == self._shown_version and not self.is_busy

    @property
    def is_tuning(self) -> bool:
        """Something is set that is no version yet."""
        return self._tuned is not None

    @property
    def _shown_version(self) -> tuple[str | None, int] | None:
        document = self._document
        if document is None or not document.version.is_kept:
            return None
        return document.version.edit_id, document.version.chosen

    def _read_stack(self) -> None:
        """Follow the version that is shown."""
        shown, coming = self._shown_version, self._coming
        if shown == self._stack_of:
            return
        if coming is not None:
            self._set_stack(shown, coming)
            return
        self.drop_tuned()
        if shown is None or shown[0] is None:
            self._set_stack(shown, ())
            return
        edit_id, chosen = shown

        async def read(_: Tell) -> Stack:
            from dalle_studio.workflow import stack

            return await self._lanes.disk(stack.stack_of, self._house.library, edit_id, chosen)

        def done(found: Stack) -> None:
            if shown == self._shown_version:
                self._set_stack(shown, found)

        def failed(_: StudioError) -> None:
            done(())  # whatever else is done with this version says what is wrong with it

        self._submit("stack", read, done, failed)

    def _set_stack(self, version: tuple[str | None, int] | None, found: Stack) -> None:
        same, old, self._stack, self._stack_of = self._stack == found, self._stack, found, version
        if {one.layer.edit_id for one in old} != {one.layer.edit_id for one in found}:
            self._layer = None  # the newest edit
        if not same or self._tuned is None:
            self.stack_changed.emit()

    # --- adjusting ---------------------------------------------------------------------------------------------

    def tune(self, layer: Layer, sight: Sight | None) -> None:
        """Set a layer and show what that looks like where it is in `sight`; no version yet (`keep_tuned`)."""
        if not self.can_tune:
            return
        from dalle_studio.workflow import stack

        items = stack.with_layer(self.stack, layer)
        if items == self.stack:
            return
        self._tuned = items
        self.stack_changed.emit()
        at = next(at for at, item in enumerate(items) if item.layer is layer)
        if sight is not None and layer.is_visible:
            self._look(at, sight)

    def keep_tuned(self) -> None:
        """Make what was tuned a version. Nothing happens where nothing was."""
        items = self._tuned
        if items is None or items is self._keeping:
            return
        if items == self._stack:
            self.drop_tuned()
            return
        self._keeping = items
        fits = self._proof_desk.fits

        async def make(ground: Ground, shown: Picture) -> Made:
            from dalle_studio.session import made

            return await made.put_together(self._house, self._lanes, ground, shown, items, fits)

        self._make_version("reblend.step", make, lambda: self._end_keeping(items))

    def drop_tuned(self) -> None:
        """Forget what was tuned and is no version."""
        if self._tuned is not None:
            self._tuned = self._keeping = self._wish = None
            self._set_partial(None)
            self.stack_changed.emit()

    def set_layer(self, layer: Layer) -> None:
        """Show a layer otherwise, at once as a version."""
        self.tune(layer, None)
        self.keep_tuned()

    def toggle_layer(self, at: int) -> None:
        """Hide a layer, or show it again, where it can be hidden."""
        from dalle_studio.workflow import stack

        items = self.stack
        if 0 <= at < len(items) and stack.why_not_hidden(items, at) is None:
            layer = items[at].layer
            self.set_layer(replace(layer, is_visible=not layer.is_visible))

    def lift(self, at: int) -> None:
        """Change the places of a layer and the one above it, where they allow that."""
        from dalle_studio.workflow import stack

        if self.can_tune and stack.can_lift(self.stack, at):
            self._layer = self.stack[self.layer_at].layer.edit_id  # the chosen one stays that, wherever it goes
            self._tuned = stack.lifted(self.stack, at)
            self.stack_changed.emit()
            self.keep_tuned()

    def reset_layer(self, edit_id: str) -> None:
        """As the edit was composed."""
        item = next((one for one in self.stack if one.layer.edit_id == edit_id), None)
        if item is not None:
            self.set_layer(replace(item.layer, blend=item.record.blend, candidate=item.record.chosen))

    def _take_made(self, document: Document, base: Picture, name: str, made: Made) -> None:
        self._coming = made.stack
        super()._take_made(document, base, name, made)
        self._coming = None

    def _end_keeping(self, items: Stack) -> None:
        if self._keeping is items:
            self._keeping = None
        if self._tuned is items:
            self._tuned = None
            self._set_partial(None)
        self.stack_changed.emit()

    # --- looking -----------------------------------------------------------------------------------------------

    def _look(self, at: int, sight: Sight) -> None:
        """Show the latest; what comes while one is being made waits, and only the last of it is made."""
        from dalle_studio.workflow import proof

        items = self._tuned
        if items is None or not proof.can_lay_out(items, at):
            return
        self._wish = wish = (items, at, sight)
        if self._looker is not None:
            return

        def done(found: Look | None) -> None:
            self._looker = None
            if self._tuned is None or self._wish is None:
                return
            if self._wish[1] == at:
                self._looked_map = None if found is None or found.map is None else (found.progress, found.map)
                self._set_partial(None if found is None else found.progress)
            if self._wish is not wish:
                self._look(*self._wish[1:])

        self._looker = self._submit("look", self._looking_at(*wish), done, self._not_seen)

    def expect_tuning(self, sight: Sight) -> None:
        """The chosen layer is likely to be tuned: have ready what the first look needs."""
        from dalle_studio.workflow import proof

        items, at = self.stack, self.layer_at
        if self._looker is not None or not self.can_tune or not items[at].layer.is_visible:
            return
        if proof.can_lay_out(items, at):
            self._looker = self._submit("lay out", self._looking_at(items, at, sight), self._laid_out, self._not_seen)

    def _looking_at(self, items: Stack, at: int, sight: Sight) -> Callable[[Tell], Coroutine[Any, Any, Look | None]]:
        desk, original, with_map = self._proof_desk, self.original_id, self._shows_heat

        async def look(_: Tell) -> Look | None:
            return await desk.look(self._house, self._lanes, original, items, at, sight, with_map=with_map)

        return look

    def _laid_out(self, _: object) -> None:
        self._looker = None
        if self._tuned is not None and self._wish is not None:
            self._look(*self._wish[1:])

    def _not_seen(self, _: StudioError) -> None:
        self._looker = None  # the exact picture will say what is missing

    @property
    def _proof_desk(self) -> ProofDesk:
        if self._desk is None:
            from dalle_studio.session.proofs import ProofDesk
            from dalle_studio.workflow.fits import Fits

            self._desk = ProofDesk(Fits())
        return self._desk

    def _clear_desk(self) -> None:
        if not self.keep_view:
            self._desk = None  # a look that is under way keeps its own

    # --- what comes in between ---------------------------------------------------------------------------------

    def _keeps_first(self, then: Callable[[], None]) -> bool:
        """Whether what is being tuned has to become a version before `then` is done."""
        self.keep_tuned()
        if self._keeping is None:
            return False
        self._wanted.append(then)
        return True

    # What is being tuned becomes a step before anything else is done with the photo: it is what someone takes back,
    # goes away from, turns. Where `super` waits for it by itself, it is only begun here.

    def undo_step(self) -> None:
        self.keep_tuned()
        super().undo_step()

    def redo_step(self) -> None:
        self.keep_tuned()
        super().redo_step()

    def go_to_step(self, position: int) -> None:
        if not self._keeps_first(lambda: self.go_to_step(position)):
            super().go_to_step(position)

    def step_candidate(self, by: int) -> None:
        self.keep_tuned()
        item = self._blended_anew
        if item is None:
            super().step_candidate(by)
        else:
            candidates = self.candidates
            index = candidates[(self.chosen + by) % len(candidates)].index
            self.set_layer(replace(item.layer, candidate=index))

    def restore(self, version_id: str) -> None:
        self.keep_tuned()
        super().restore(version_id)

    def reshape(self, reshape: Reshape) -> None:
        self.keep_tuned()
        super().reshape(reshape)

    def close_document(self) -> None:
        if not self._keeps_first(self.close_document):
            super().close_document()

    def _load(self, factory: Callable[[Tell], Coroutine[Any, Any, Loaded]]) -> None:
        if not self._keeps_first(lambda: self._load(factory)):
            super()._load(factory)
