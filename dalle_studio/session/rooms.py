"""What the session needs loaded before it can open and edit: numpy, OpenCV, the codecs. Imported on the worker, after
the window was painted; importing it is all there is to do.
"""

from __future__ import annotations

from dalle_studio.session import (
    editing,
    heat,
    lookahead,
    made,
    masks,
    opening,
    proofs,
    reframing,
    rescue,
    saving,
    showing,
    versions,
)

ALL = (editing, heat, lookahead, made, masks, opening, proofs, reframing, rescue, saving, showing, versions)
