"""Adapters to picture files. The only floor that knows Pillow."""
