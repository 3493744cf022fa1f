"""The style sheet, made from the tokens. Widgets are addressed by their class or their `role` property."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dalle_studio.ui.theme import Tokens

_SHEET: Final = Template(
    """
QMainWindow, QDialog { background: $window; }
#commandPalette { border: 1px solid $line; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 4px 6px; }

QMenuBar { background: $window; color: $second; padding: 2px 4px; border: none; }
QMenuBar::item { background: transparent; padding: 4px 10px; margin: 0; border-radius: 6px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $raised; color: $text; }
QMenu { background: $panel; color: $text; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 28px 6px 26px; border-radius: 6px; }
QMenu::item:selected { background: $ground; color: $on_ground; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::indicator { width: 12px; height: 12px; left: 8px; }

QStatusBar { background: $window; color: $second; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $second; font-size: 12px; padding: 0; }
QAbstractButton[role="status"] { background: transparent; color: $second; font-size: 12px; border: none;
    border-radius: 4px; padding: 2px 5px 1px; margin: 0 9px 0 0; }
QAbstractButton[role="status"]:hover { color: $text; background: $hover; }

QWidget[role="bar"] { background: $panel; border: none; border-bottom: 1px solid $line; }
QWidget[role="strip"] { background: $panel; border: none; border-right: 1px solid $line; }
QWidget[role="side"] { background: $panel; border: none; border-left: 1px solid $line; }
QWidget[role="line"] { background: $line; border: none; }
QWidget[role="plain"] { background: transparent; border: none; }

QLabel { background: transparent; }
QLabel[role="second"] { color: $second; }
QLabel[role="small"] { color: $second; font-size: 11px; }
QLabel[role="verified"] { color: $verified; }
QLabel[role="strong"] { color: $text; font-weight: 600; }
QLabel[role="title"] { color: $text; font-size: 16px; font-weight: 600; }

QToolButton[role="tool"] { background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 0; }
QToolButton[role="tool"]:hover { background: $hover; }
QToolButton[role="tool"]:checked { background: $raised; border-color: $tool_line; }
QToolButton[role="tool"]:focus { border-color: $accent; }

QAbstractButton[role="flat"] { background: transparent; color: $second; border: 1px solid transparent;
    border-radius: 6px; padding: 4px 6px; }
QAbstractButton[role="flat"]:hover { color: $text; background: $hover; }
QAbstractButton[role="flat"]:checked { color: $text; }
QAbstractButton[role="flat"]:focus { border-color: $accent; }
QAbstractButton[role="flat"]:disabled { color: $faint; }
QAbstractButton[role="link"] { background: transparent; color: $text; border: 1px solid transparent;
    border-radius: 5px; padding: 1px 3px; }
QAbstractButton[role="link"]:hover { background: $hover; }
QAbstractButton[role="link"]:focus { border-color: $accent; }
QAbstractButton[role="link"]:disabled { color: $faint; }
QAbstractButton::menu-indicator { image: none; width: 0; }

QPushButton { background: $field; color: $text; border: 1px solid $line; border-radius: 7px; padding: 5px 14px;
    min-height: 18px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $raised; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $faint; }
QPushButton:default { background: $ground; border-color: $ground; color: $on_ground; }
QPushButton:default:hover { background: $ground_hover; border-color: $ground_hover; }
QPushButton:default:focus { border-color: $on_ground; }
QPushButton:default:disabled { background: $raised; border-color: $line; color: $faint; }

QFrame[role="segments"] { background: $field; border: 1px solid $line; border-radius: 8px; }
QToolButton[role="segment"] { background: transparent; color: $second; border: 1px solid transparent;
    border-radius: 6px; padding: 4px 0; }
QToolButton[role="segment"]:hover { color: $text; }
QToolButton[role="segment"]:checked { background: $segment; color: $text; border-color: $segment_line; }
QToolButton[role="segment"]:focus { border-color: $accent; }
QToolButton[role="segment"]:disabled { color: $faint; }

QPlainTextEdit, QLineEdit, QAbstractSpinBox { background: $field; color: $text;
    border: 1px solid $line; border-radius: 8px;
    selection-background-color: $ground; selection-color: $on_ground; }
QPlainTextEdit { padding: 4px 6px; }
QLineEdit { padding: 0 9px; min-height: 28px; }
QAbstractSpinBox { padding: 0 4px 0 8px; min-height: 26px; }
QAbstractSpinBox[role="value"] { background: transparent; border: 1px solid transparent; padding: 0 2px;
    min-height: 24px; }
QAbstractSpinBox[role="value"]:hover { background: $hover; }
QAbstractSpinBox[role="value"]:focus { background: $field; border-color: $accent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QAbstractSpinBox QLineEdit { border: none; background: transparent; padding: 0; min-height: 0; }
QPlainTextEdit:focus, QLineEdit:focus, QAbstractSpinBox:focus { border-color: $accent; }
QPlainTextEdit:disabled, QLineEdit:disabled, QAbstractSpinBox:disabled { color: $faint; }
QPlainTextEdit[role="english"] { color: $second; }
QPlainTextEdit[role="english"]:focus { color: $text; }

QComboBox { background: $field; color: $text; border: 1px solid $line; border-radius: 8px; padding: 0 22px 0 9px;
    min-height: 28px; }
QComboBox:hover { background: $hover; }
QComboBox:focus { border-color: $accent; }
QComboBox:disabled { color: $faint; }
Choice::drop-down { border: none; width: 0; }
QComboBox QAbstractItemView { background: $panel; color: $text; border: 1px solid $line; padding: 4px; outline: none;
    selection-background-color: $ground; selection-color: $on_ground; }
QComboBox QAbstractItemView::item { min-height: 26px; padding: 0 6px; border-radius: 5px; }

QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { height: 3px; background: $line; border-radius: 1px; }
QSlider::handle:horizontal { background: $text; width: 12px; height: 12px; margin: -5px 0; border-radius: 6px;
    border: 1px solid $panel; }
QSlider::handle:horizontal:focus { border: 1px solid $accent; }
QSlider::handle:horizontal:disabled { background: $second; }

QProgressBar { background: $field; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px; background: $field;
    border: 1px solid $second; }
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked { width: 8px; height: 8px; background: $on_ground;
    border: 4px solid $ground; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $line; }
QListView, QTreeView, QTableView { background: $panel; color: $text; border: none; outline: none; }
QListWidget[role="boxed"] { background: $field; border: 1px solid $line; border-radius: 8px; padding: 4px; }
QListWidget[role="boxed"]::item { min-height: 28px; padding: 0 6px; border-radius: 6px; }
QListWidget[role="boxed"]::item:selected { background: $ground; color: $on_ground; }
QTabBar::tab { background: transparent; color: $second; padding: 7px 12px; border: none;
    border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $text; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }

QFrame[role="popup"] { background: $panel; border: 1px solid $line; }
QFrame[role="notice"] { background: $raised; border: 1px solid $line; border-radius: 9px; }
QFrame[role="notice"] QLabel[role="second"] { color: $second_on_raised; }
QLabel[role="on-canvas"] { color: $on_canvas; background: $over_photo; border-radius: 5px; padding: 0 7px;
    font-size: 12px; }
QPushButton[role="badge"] { color: $verified; background: $badge; border: 1px solid $badge; border-radius: 12px;
    padding: 0 10px; font-size: 12px; min-height: 22px; max-height: 22px; }
QPushButton[role="badge"]:hover { border-color: $verified; }
QPushButton[role="badge"]:focus { border-color: $accent; }
QScrollArea[role="plain"] { background: transparent; border: none; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: 3px; min-height: 28px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: $second; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $line; border-radius: 3px; min-width: 28px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
"""
)


def stylesheet(tokens: Tokens) -> str:
    """The whole sheet for one look."""
    dark = tokens.name == "dark"
    return _SHEET.substitute(
        window=tokens.window,
        panel=tokens.panel,
        raised=tokens.raised,
        field=tokens.field,
        line=tokens.line,
        text=tokens.text,
        second=tokens.second,
        second_on_raised=tokens.second_on_raised,
        on_canvas=tokens.on_canvas,
        over_photo=f"#d8{tokens.canvas[1:]}",
        accent=tokens.accent,
        ground=tokens.ground,
        ground_hover=tokens.ground_hover,
        ground_pressed=tokens.ground_pressed,
        on_ground=tokens.on_ground,
        hover=tokens.hover,
        verified=tokens.verified,
        # Disabled text is exempt from the contrast rule; it must still be seen.
        faint="#6b6d74" if dark else "#a3a5ab",
        segment=tokens.raised if dark else "#ececee",
        segment_line=tokens.raised if dark else "#ececee",
        tool_line=tokens.raised if dark else tokens.line,
        badge=tokens.panel if dark else tokens.raised,
    )
