"""Qt without widgets: the editor, the item models, the bridge between threads, numpy and QImage."""
