"""Pointer tools: events in, mask changes out."""
