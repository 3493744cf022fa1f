"""Masks in and out of the window: file dialogs that name the convention, drops, the clipboard, and what is asked.

What comes from elsewhere is shown on the canvas, with what it was taken for, before it is taken. GUI thread; the
editor reads and writes on the worker.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from dalle_studio.formats.suffixes import patterns
from dalle_studio.ui import clipboard, file_dialogs
from dalle_studio.ui.notices import Offer
from dalle_studio.ui.questions import ask_so
from dalle_studio.ui.status import percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.geometry import Size
    from dalle_studio.session.masks import Found, Import
    from dalle_studio.ui.mask_adjust import AdjustBar
    from dalle_studio.ui.mask_operations import Operation
    from dalle_studio.ui.window import MainWindow

_KINDS: Final = ("auto", "openai", "white", "black", "channel")
"""`formats.masks.Polarity`, in the order of the dialogs."""

_QUICK_MS: Final = 200
"""Files that take no longer are read and written without a word."""

_SAME_SHAPE: Final = 0.01
"""Proportions that differ by no more are those of the same photo, rounded."""


class MaskFiles:
    """Holds the window; `open_bar` shows an adjustment and gives None where there can be none now."""

    def __init__(self, window: MainWindow, open_bar: Callable[[Operation], AdjustBar | None]) -> None:
        self._window = window
        self._open_bar = open_bar
        self._kind = "openai"  # that was chosen last
        self._asked = ""
        self._slow = QTimer(window)
        self._slow.setSingleShot(True)
        self._slow.setInterval(_QUICK_MS)
        self._slow.timeout.connect(self._show_progress)
        self._is_shown = False

    def table(self) -> dict[str, Callable[[], object]]:
        """By action."""
        return {
            "import_mask": self.choose_to_import,
            "export_mask": self.choose_to_export,
            "copy_mask": self.copy,
            "paste_mask": self.paste,
        }

    def wire(self) -> None:
        """Once the window is built."""
        editor = self._window.editor
        editor.mask_read.connect(self.show_found)
        editor.mask_size_differs.connect(self.offer_scaling)
        editor.mask_file_changed.connect(self._follow)

    # --- in ----------------------------------------------------------------------------------------------------

    def choose_to_import(self) -> None:
        """Ask for a file; its kind is told by the dialog's filter."""
        window = self._window
        kinds = {f"{window.words(f'mask_files.kind.{kind}')} ({patterns(to_save=False)})": kind for kind in _KINDS}
        path, chosen = file_dialogs.to_open(window, window.words("ui.action.import_mask"), self._folder(), *kinds)
        if path is not None:
            self.look_at(path, kinds.get(chosen, "auto"))

    def look_at(self, path: Path, kind: str = "auto") -> None:
        """A mask file: shown with what it was taken for before it is taken."""
        self._window.editor.look_at_mask(path, kind)

    def paste(self) -> None:
        """Our own mask at once; what another program copied is looked at first."""
        window, data = self._window, clipboard.content()
        pasted, path = clipboard.picture_bytes(data), clipboard.local_path(data)
        if pasted is not None and clipboard.holds(data, clipboard.Kind.MASK):
            window.editor.import_mask_bytes(pasted, window.words("mask_files.pasted"), "white")
        elif path is not None:
            self.look_at(path)
        elif pasted is not None:
            window.editor.look_at_mask_bytes(pasted, window.words("mask_files.pasted"))
        else:
            window.status.show_message(window.words("mask_files.none"))

    def show_found(self, found: Found) -> None:
        """Put it over the photo, and ask where it seems to be the wrong way round or no mask at all."""
        from dalle_studio.ui.mask_operations import of_file

        self._window.news.close()
        bar = self._open_bar(of_file(found))
        if bar is None or found.mask is None:
            return
        bar.closed.connect(self._forget_question)
        words, name = self._window.words, shortened(found.name)
        if found.mask.is_empty:
            self._ask(bar, words("mask_files.empty", name=name), words("mask_files.empty.hint"))
        elif "errors_formats.mask_is_coloured" in found.warnings:
            self._ask(bar, words("mask_files.coloured", name=name), words("mask_files.coloured.hint"))
        elif "errors_formats.mask_is_large" in found.warnings:
            shares = {"share": percent(found.coverage), "rest": percent(found.coverage_inverted)}
            self._ask(
                bar, words("mask_files.other_way", **shares), words("mask_files.other_way.hint", **shares), keeps=True
            )
        else:
            for warning in found.warnings:
                self._window.status.show_message(words(warning))

    def _ask(self, bar: AdjustBar, text: str, hint: str, *, keeps: bool = False) -> None:
        words = self._window.words

        def invert() -> None:
            bar.inverted.setChecked(not bar.inverted.isChecked())
            bar.apply_button.setFocus()

        offers = [Offer("invertFound", words("mask_files.invert"), invert)]
        if keeps:
            offers.append(Offer("keepFound", words("mask_files.keep"), bar.apply_button.setFocus))
        self._asked = text
        self._window.notice.tell(text, hint, tuple(offers))

    def _forget_question(self) -> None:
        asked, self._asked = self._asked, ""
        if asked and self._window.notice.text == asked:
            self._window.news.close()

    def offer_scaling(self, other: Import) -> None:
        """A mask of another size: both sizes, and what can be done."""
        window, words, own, size = self._window, self._window.words, other.size, self._window.editor.size
        if own is None or size is None:
            return
        stretch = own.width / own.height * size.height / size.width
        shape = "size" if abs(stretch - 1) <= _SAME_SHAPE else "shape"
        window.notice.tell(
            words("mask_files.other_size", mask=_shown(own), photo=_shown(size)),
            words(f"mask_files.other_{shape}.hint"),
            (
                Offer("scaleMask", words("mask_files.scale"), lambda: window.editor.look_at_scaled(other)),
                Offer("cancelMask", words("mask_files.cancel"), window.canvas.setFocus),
            ),
        )

    # --- out ---------------------------------------------------------------------------------------------------

    def choose_to_export(self) -> None:
        """Ask for a name; its kind is told by the dialog's filter."""
        window, words = self._window, self._window.words
        kinds = {f"{words(f'mask_files.kind.{kind}')} (*.png)": kind for kind in _KINDS[1:]}
        proposed = self._folder() / f"{Path(window.editor.title).stem or 'mask'}-mask.png"
        before = next(text for text, kind in kinds.items() if kind == self._kind)
        path, chosen = file_dialogs.to_save(window, words("ui.action.export_mask"), proposed, *kinds, present=before)
        if path is None:
            return
        if path.suffix.lower() != ".png":
            path = path.with_name(f"{path.name}.png")
            if path.exists() and not self._may_replace(path):  # the dialog has asked for another name
                return
        self._kind = kinds.get(chosen, self._kind)
        window.editor.export_mask(path, self._kind)

    def _may_replace(self, path: Path) -> bool:
        words = self._window.words
        texts = (
            words("mask_files.replace", name=path.name),
            words("mask_files.replace.detail"),
            words("mask_files.replace.yes"),
            words("mask_files.replace.no"),
        )
        return ask_so(self._window, words("ui.program"), "replaceMask", texts)

    def copy(self) -> None:
        """For our own paste and for other programs: white = edit."""
        window = self._window

        def put(png: bytes) -> None:
            clipboard.put(png, clipboard.Kind.MASK)
            window.status.show_message(window.words("mask_files.copied"))

        window.editor.encode_mask(put)

    def _folder(self) -> Path:
        path = self._window.editor.path
        return path.parent if path is not None else Path.home()

    # --- under way ---------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        if self._window.editor.mask_file is None:
            self._slow.stop()
            if self._is_shown:
                self._is_shown = False
                self._window.status.show_message("")
        elif self._is_shown:
            self._show_progress()
        elif not self._slow.isActive():
            self._slow.start()

    def _show_progress(self) -> None:
        file, words = self._window.editor.mask_file, self._window.words
        if file is None:
            return
        self._is_shown = True
        if file.id == "writing" and file.share is not None:
            text = words("mask_files.writing_share", share=percent(file.share))
        else:
            text = words(f"mask_files.{file.id}")
        self._window.status.show_message(text, stays=True)


def shortened(file_name: str) -> str:
    """A name that leaves room for what is said about the file."""
    return file_name if len(file_name) <= 32 else f"{file_name[:20]}…{file_name[-10:]}"


def _shown(size: Size) -> str:
    return f"{size.width} × {size.height}"
