"""What a request will cost, before anything is sent; and what may be spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.core.operation import Operation

if TYPE_CHECKING:
    from dalle_studio.assembly.choice import EngineChoice
    from dalle_studio.assembly.model_lists import ModelLists
    from dalle_studio.assembly.servers import Servers, Wired
    from dalle_studio.core.geometry import Size
    from dalle_studio.core.ports import Budget, EngineInfo
    from dalle_studio.core.records import EditRequest


class Prices:
    """US dollars. None stands for what is not known."""

    def __init__(self, wired: Wired, servers: Servers, models: ModelLists) -> None:
        self._wired = wired
        self._servers = servers
        self._models = models

    def estimate(self, info: EngineInfo, request: EditRequest, size: Size) -> tuple[int | None, float | None, bool]:
        """Output tokens, US dollars and whether both are exact; None where they are unknown. Sends nothing."""
        if info.host is None:
            return None, 0.0, True
        from dalle_studio.engines import models

        pictures = len(request.references) + (request.picture is not None)
        load = models.Load(
            count=request.count,
            partials=1 if info.streams else 0,
            pictures=pictures,
            prompt=request.english or request.prompt,
        )
        known = self._models.table(info.host, info.profile).estimate(info.model, request.quality, size, load)
        if known is None:
            return (None, None, False) if info.charges else (None, 0.0, True)
        return known.tokens, known.usd, known.exact

    @property
    def budget(self) -> Budget:
        """What edits cost, and what may be spent in a month."""
        from dalle_studio.core.ports import Budget

        cap = self._wired.settings.monthly_cap_usd
        return Budget(lambda info, request, size: self.estimate(info, request, size)[1], cap)

    def translation(self, choice: EngineChoice, info: EngineInfo, request: EditRequest) -> float | None:
        """*Blocking* (small files). US dollars at most of the translation that such a request begins with.

        0 where none is made; None for a model whose price is not known. Sends nothing, and needs no key.
        """
        from dalle_studio.workflow.prompt import said

        if said(request, info) is not None:
            return 0.0
        translator = self._servers.translator_of(choice, None, with_key=False)
        return 0.0 if translator is None else translator.expected(request.prompt.strip())

    def trial(self, choice: EngineChoice) -> tuple[EngineInfo, float | None]:
        """*Blocking.* What that server can do, and what `try_server` will cost there; None where unknown."""
        from dalle_studio.core.records import EditRequest
        from dalle_studio.workflow.trial import PROMPT, smallest

        info = self._servers.engine_info(choice)
        request = EditRequest(Operation.VARY, prompt=PROMPT, quality="low")
        return info, self.estimate(info, request, smallest(info.sizes))[1]
