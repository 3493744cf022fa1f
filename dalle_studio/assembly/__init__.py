"""The wired program: which library, which keys, which engine. Used by both composition roots, the window and the
command line. Nothing is loaded before it is asked for.
"""

from dalle_studio.assembly.choice import LOCAL, OPENAI, EngineChoice
from dalle_studio.assembly.house import House

__all__ = ["LOCAL", "OPENAI", "EngineChoice", "House"]
