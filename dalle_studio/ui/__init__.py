"""Widgets: events become calls, signals become repaints. No pixels, no rules."""
