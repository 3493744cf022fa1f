"""Adapters to the disk and the keyring: library, blobs, journal, settings, keys."""
