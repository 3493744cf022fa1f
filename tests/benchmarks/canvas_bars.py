"""What is asked of the canvas, and whether the figures of `canvas.py` meet it. Ratios are of CPU medians, 100 to 12 MP.

The largest size that was measured stands for 100 megapixels; without 12 there are no ratios.
"""

from __future__ import annotations

from typing import Any, Final

Figures = dict[str, Any]

AT_FULL_SIZE: Final = 1.2
AT_FIT: Final = 1.6
ZOOM: Final = 1.5
P99_MS: Final = 8.0
"""By the clock on an idle machine; on a busy one only what the event itself takes can be judged."""
PICTURE_LEVELS: Final = 2.5
UNDO_MS: Final = 5.0
BYTES_PER_PIXEL: Final = 5.6
UNDO_BYTES: Final = 256 * 2**20


def judge(results: dict[str, Figures]) -> list[Figures]:
    """One row a bar: `bar` in words, `value`, `limit` and `met`. `results` by megapixels."""
    bars: list[Figures] = []

    def bar(name: str, value: float, limit: float) -> None:
        bars.append({"bar": name, "value": round(value, 2), "limit": limit, "met": value <= limit})

    largest, base = results[max(results, key=int)], results.get("12")
    strokes = [name for name, figures in largest.items() if isinstance(figures, dict) and "undo" in figures]
    if base is not None and base is not largest:
        for name in strokes:
            limit = AT_FIT if name.startswith("fit") else AT_FULL_SIZE
            bar(f"stroke, {name}: ratio", largest[name]["cpu"]["median"] / base[name]["cpu"]["median"], limit)
        zoom = "zoom frame around fit"
        bar(f"{zoom}: ratio", largest[zoom]["cpu"]["median"] / base[zoom]["cpu"]["median"], ZOOM)
    for megapixels, figures in results.items():
        of = f", {megapixels} MP"
        bar(f"stroke event, p99 of CPU ms{of}", max(figures[name]["cpu"]["p99"] for name in strokes), P99_MS)
        bar(f"stroke event, p99 ms, idle machine{of}", max(figures[name]["wall"]["p99"] for name in strokes), P99_MS)
        bar(f"zoomed picture, mean error in levels{of}", figures["picture_error"], PICTURE_LEVELS)
        swaps = [figures[name][swap] for name in strokes for swap in ("undo", "redo")]
        bar(f"undo of a stroke, window's CPU ms{of}", max(swap["window_cpu_ms"] for swap in swaps), UNDO_MS)
        bar(f"memory, bytes a pixel{of}", figures["memory"]["bytes_per_pixel"], BYTES_PER_PIXEL)
        listed = figures["undo list"]
        bar(f"undo list of {listed['steps']} strokes, bytes{of}", listed["bytes"], UNDO_BYTES)
    return bars
