"""Pixel algorithms on numpy arrays: strokes, planning, resampling, blending. No files, no Qt."""
