"""Adapters to what makes pixels: the Images service and its relatives, and the local fill."""
