"""DALL·E Studio: a photo editor in which only the painted part of a photo changes."""
