"""Every failure a user can meet, as one tree.

    StudioError
    ├── BadUsage            2    wrong usage of the command line
    ├── BadInput            3    unreadable picture, mask of another size, a size the model does not allow
    ├── KeyProblem          4    no key, or refused (also an unverified organisation)
    ├── EngineRefused       5    refused by the service's safety system
    ├── EngineUnavailable   6    network or service failure, unusable answer
    ├── BudgetExceeded      7    over the cap here, or quota and billing limit there
    ├── StorageProblem      9    disk full, folder not writable, library newer than the program
    └── Cancelled         130

An error carries the *id* of its sentence and of its hint plus parameters; `core.words` turns both into Korean or
English. Anything that is not a StudioError is a bug in the program (exit status 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """The `kind` of the command line's JSON (interfaces: exit statuses)."""

    BUG = "bug"
    BAD_USAGE = "bad_usage"
    BAD_INPUT = "bad_input"
    KEY = "key"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    BUDGET = "budget"
    STORAGE = "storage"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Reasons:
    """A parameter that is said in the user's language: what a safety system objects to, by the service's own names."""

    names: tuple[str, ...] = ()


class Megapixels(int):
    """A parameter that is said in the user's language: Korean counts pixels in 만 (10,000) and 억 (100,000,000)."""


class Seconds(int):
    """A parameter that is said in the user's language, and in minutes, hours or days where it is long."""


class StudioError(Exception):
    """Base of all expected failures.

    `message` is an id of the catalogue (`errors.…`); its hint is the same id with `.hint` behind it, unless `hint`
    names another. `params` fill the placeholders of both. `request_id` is the service's, when it gave one.
    `maybe_billed` says that the service may have done the work and charged for it; `unsent` that nothing of the
    request left this computer.
    """

    kind: ClassVar[Kind] = Kind.BUG
    exit_status: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        request_id: str | None = None,
        maybe_billed: bool = False,
        unsent: bool = False,
        **params: object,
    ) -> None:
        super().__init__(message, params)
        self.message = message
        self.hint = hint if hint is not None else f"{message}.hint"
        self.request_id = request_id
        self.maybe_billed = maybe_billed
        self.unsent = unsent
        self.params = params


class BadUsage(StudioError):
    kind = Kind.BAD_USAGE
    exit_status = 2


class BadInput(StudioError):
    kind = Kind.BAD_INPUT
    exit_status = 3


class KeyProblem(StudioError):
    kind = Kind.KEY
    exit_status = 4


class EngineRefused(StudioError):
    kind = Kind.REFUSED
    exit_status = 5


class EngineUnavailable(StudioError):
    kind = Kind.UNAVAILABLE
    exit_status = 6


class BudgetExceeded(StudioError):
    kind = Kind.BUDGET
    exit_status = 7


class StorageProblem(StudioError):
    kind = Kind.STORAGE
    exit_status = 9


class Cancelled(StudioError):
    kind = Kind.CANCELLED
    exit_status = 130
