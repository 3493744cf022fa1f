"""The library: originals and edits, for ever. What a method has done is on the medium when it returns.

Rules: blob first, row second; an intent is here before its request leaves; a raw answer is here before anybody looks
at it; nothing that is done becomes undone. Any thread and several processes may use one data folder. Everything here
blocks, so callers run it in the disk lane. Raises StorageProblem, and BadInput for ids that nobody knows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.core.errors import BadInput, StorageProblem
from dalle_studio.core.geometry import Size
from dalle_studio.core.ports import Answer, ComposedCandidate
from dalle_studio.core.records import EditIntent, EditRecord, Operation, Original, State
from dalle_studio.storage import rows, trash, upkeep
from dalle_studio.storage.account import Account, Costs
from dalle_studio.storage.blobs import BlobStore
from dalle_studio.storage.database import Database
from dalle_studio.storage.descriptions import Descriptions
from dalle_studio.storage.listing import Listing
from dalle_studio.storage.looks import LookStore
from dalle_studio.storage.marks import MarkStore
from dalle_studio.storage.outlays import Outlays
from dalle_studio.storage.places import Places
from dalle_studio.storage.reading import LibraryReader

if TYPE_CHECKING:
    from dalle_studio.storage import backup

_FINAL = {State.FAILED, State.CANCELLED}


def _now() -> datetime:
    return datetime.now(UTC)


class StudioLibrary(LibraryReader):
    """The one implementation of `core.ports.Library`. Making it touches nothing; the first call opens the file."""

    def __init__(self, places: Places, clock: Callable[[], datetime] = _now) -> None:
        super().__init__(places, BlobStore(places.blobs, places.temp_path), Database(places))
        self._clock = clock
        self._account = Account(self._database, clock)
        self.marks = MarkStore(self._database)
        self.looks = LookStore(self._database)
        self.listing = Listing(self._database)
        self.descriptions = Descriptions(self._database, self._account, self._timestamp)
        self.outlays = Outlays(self._database, self._account)

    def close(self) -> None:
        """Close the file; the object can be used again afterwards."""
        self._database.close()

    # --- originals ---------------------------------------------------------------------------------------------------

    def keep_original(self, path: Path | None, data: bytes, size: Size, thumbnail: bytes, name: str) -> Original:
        """Keep the bytes of a file the user opened. The same file again only learns its new path."""
        self.places.prepare()
        original_id, small = self._blobs.put(data), self._blobs.put(thumbnail)
        with self._database.writing() as connection:
            self._ensure({original_id: data, small: thumbnail})
            known = connection.execute("SELECT caption FROM originals WHERE original_id = ?", (original_id,)).fetchone()
            connection.execute(
                """
                INSERT INTO originals (original_id, path, name, words, width, height, created, thumbnail)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (original_id) DO UPDATE SET
                    path = coalesce(excluded.path, path), name = excluded.name, words = excluded.words, trashed = 0
                """,
                (
                    original_id,
                    rows.path_bytes(path),
                    rows.storable(name),
                    rows.search_words(name, known and known["caption"]),
                    size.width,
                    size.height,
                    self._timestamp(),
                    small,
                ),
            )
            return rows.original_of(self._original_row(connection, original_id))

    # --- one edit on its way: EditStore ------------------------------------------------------------------------------

    def begin(self, intent: EditIntent) -> None:
        """Journal the intent, before the request leaves. One id begins once, so that one job is sent once.

        BudgetExceeded where the month's cap would be crossed.
        """
        self.places.prepare()
        mask = None if intent.mask_png is None else self._blobs.put(intent.mask_png)
        references = [self._blobs.put(data) for data in intent.references]
        blobs = dict(zip(references, intent.references, strict=True))
        if mask is not None and intent.mask_png is not None:
            blobs[mask] = intent.mask_png
        markup = None if intent.markup_png is None else self._blobs.put(intent.markup_png)
        if markup is not None and intent.markup_png is not None:
            blobs[markup] = intent.markup_png
        with self._database.writing() as connection:
            self._ensure(blobs)
            more: dict[str, object] = {
                "mask": mask,
                "markup": markup,
                "refs": json.dumps(references) if references else None,
            }
            self._insert(connection, intent, State.SENT, more)
            self._account.note_sending(connection, intent)

    def record(self, intent: EditIntent, patch: ComposedCandidate | None, small: bytes) -> EditRecord:
        """Keep a version that was made here, without an engine: another frame (no `patch`), or a stack blended anew.

        `small` is its thumbnail, a JPEG.
        """
        self.places.prepare()
        blobs = {self._blobs.put(data): data for data in (small, *((patch.patch_png,) if patch else ()))}
        thumbnail, *patches = blobs
        with self._database.writing() as connection:
            self._ensure(blobs)
            self._insert(connection, intent, State.DONE, {"small": thumbnail, "feather": 0})
            if patch is not None:
                sequence = self._edit_row(connection, intent.edit_id)["sequence"]
                # Two blobs of the same bytes are one.
                self._add_candidate(connection, sequence, patch, (patches or [thumbnail])[0], thumbnail, answer="")
            return self._record(connection, intent.edit_id)

    def store_answer(self, edit_id: str, answer: Answer) -> None:
        """Keep a raw answer, before it is decoded or any cancellation is looked at.

        Usage counts once: an engine puts it on one answer when it covers several. A second answer for the same
        candidate is kept beside the first, because both may have been paid for.
        """
        self.places.prepare()
        blobs = {self._blobs.put(answer.data): answer.data}
        usage = answer.usage
        with self._database.writing() as connection:
            self._ensure(blobs)
            row = self._edit_row(connection, edit_id)
            new = connection.execute(
                """
                INSERT OR IGNORE INTO answers (edit, candidate, blob, request_id, warnings, has_usage,
                                               input_tokens, output_tokens, details, cost_usd)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                (
                    row["sequence"],
                    answer.index,
                    next(iter(blobs)),
                    answer.request_id,
                    json.dumps(answer.warnings),
                    usage is not None,
                    usage and usage.input_tokens,
                    usage and usage.output_tokens,
                    usage and usage.details,
                    usage and usage.cost_usd,
                ),
            ).rowcount
            if row["state"] == State.SENT:
                self._set(connection, row, state=State.RECEIVED.value)
            if new and usage is not None:
                self._account.note_usage(connection, edit_id, usage)

    def finish(
        self,
        edit_id: str,
        candidates: tuple[ComposedCandidate, ...],
        *,
        feather: int,
        seconds: dict[str, float],
        maybe_billed: bool = False,
    ) -> EditRecord:
        """The edit is done: record it with its patches. Once done it stays as it is; finishing it again is no harm.

        `maybe_billed` says that another candidate was lost, for which the service may charge.

        Also finishes an edit that was cancelled or left by a dead process, from its stored answers.
        """
        self.places.prepare()
        blobs: dict[str, bytes] = {}
        named: list[tuple[ComposedCandidate, str, str]] = []
        for one in candidates:
            patch, small = self._blobs.put(one.patch_png), self._blobs.put(one.thumbnail)
            blobs |= {patch: one.patch_png, small: one.thumbnail}
            named.append((one, patch, small))
        with self._database.writing() as connection:
            self._ensure(blobs)
            row = self._edit_row(connection, edit_id)
            if row["state"] != State.DONE:
                answers = self._answers(connection, row["sequence"])
                for one, patch, small in named:
                    answer = answers.get(one.index)
                    if answer is None:
                        raise ValueError(f"candidate {one.index} has no stored answer")
                    self._add_candidate(connection, row["sequence"], one, patch, small, answer=answer)
                changes: dict[str, object] = {
                    "state": State.DONE.value,
                    "feather": feather,
                    "seconds": json.dumps(seconds),
                    "chosen": candidates[0].index,
                    "error": None,
                    "maybe_billed": int(maybe_billed),
                }
                if not maybe_billed and self._is_priced(connection, row["sequence"]):
                    self._account.settle(connection, edit_id)
                if row["operation"] == Operation.GENERATE:
                    # There was no canvas before; the picture is as large as the service made it.
                    changes["canvas"] = json.dumps([candidates[0].rect.width, candidates[0].rect.height])
                self._set(connection, row, **changes)
            return self._record(connection, edit_id)

    def end(self, edit_id: str, state: State, *, error: str | None, maybe_billed: bool, unsent: bool = False) -> None:
        """The edit failed or was cancelled. An edit that is done already stays done, one with an answer had left."""
        if state not in _FINAL:
            raise ValueError(f"an edit does not end as {state}")
        with self._database.writing() as connection:
            row = self._edit_row(connection, edit_id)
            if row["state"] != State.DONE:
                self._set(connection, row, state=state.value, error=error, maybe_billed=int(maybe_billed))
            if unsent and row["state"] == State.SENT:
                self._account.take_back(connection, edit_id)
            elif not maybe_billed and self._is_priced(connection, row["sequence"]):
                self._account.settle(connection, edit_id)

    # --- what was left unfinished ------------------------------------------------------------------------------------

    def unfinished(self) -> list[EditRecord]:
        """Edits whose process ended before they did, newest first. What had gone out may have been billed, and is
        recorded so; the edits stay as they are until `finish` or `end` is called.
        """
        with self._database.reading() as connection:
            found = connection.execute("SELECT sequence, process FROM edits WHERE state IN ('sent', 'received')")
            lost = [row["sequence"] for row in found.fetchall() if not self.places.lives(row["process"])]
        if not lost:
            return []
        wanted = json.dumps(lost)
        with self._database.writing() as connection:
            connection.execute(
                """
                UPDATE edits SET maybe_billed = 1
                WHERE host IS NOT NULL AND sequence IN (SELECT value FROM json_each(?))
                """,
                (wanted,),
            )
        condition = "state IN ('sent', 'received') AND edits.sequence IN (SELECT value FROM json_each(?))"
        return self._list(condition, (wanted,))

    # --- small changes -----------------------------------------------------------------------------------------------

    def add_output(self, edit_id: str, path: Path) -> None:
        """The edit's picture was written to `path`, which is kept as an absolute one."""
        path = path.absolute()
        with self._database.writing() as connection:
            row = self._edit_row(connection, edit_id)
            new = connection.execute(
                "INSERT OR IGNORE INTO outputs (edit, path) VALUES (?, ?)", (row["sequence"], rows.path_bytes(path))
            ).rowcount
            if new:
                self._set(connection, row, words=f"{row['words']}\n{rows.search_words(path.name)}")

    def choose(self, edit_id: str, index: int) -> EditRecord:
        """Make that candidate the edit's picture. BadInput when there is none of that index."""
        with self._database.writing() as connection:
            row = self._edit_row(connection, edit_id)
            known = connection.execute(
                "SELECT 1 FROM candidates WHERE edit = ? AND candidate = ?", (row["sequence"], index)
            ).fetchone()
            if not known:
                raise BadInput("errors_storage.no_such_candidate", candidate=index, edit=edit_id)
            self._set(connection, row, chosen=index)
            return self._record(connection, edit_id)

    # --- trash, upkeep, account --------------------------------------------------------------------------------------

    def delete(self, *version_ids: str) -> tuple[str, ...]:
        """Edits, and originals with all their edits, into the trash; `restore` takes them out again.

        All or none: BadInput for an id that nobody knows. Returns those that did not lie there already.
        """
        return self._trash(version_ids, trashed=True)

    def restore(self, *version_ids: str) -> tuple[str, ...]:
        """Out of the trash: originals with all their edits, edits with their originals. As `delete`."""
        return self._trash(version_ids, trashed=False)

    def empty_trash(self, open_photo: str | None = None) -> trash.Emptied:
        """Delete for good; see `trash.empty`."""
        return trash.empty(self._database, self._blobs, self.places.drafts, self.places.lives, open_photo)

    def gc(self) -> upkeep.Collected:
        """Delete blobs that nothing refers to."""
        self.places.prepare()
        return upkeep.collect(self._database, self._blobs)

    def verify(self, on_progress: Callable[[int, int], None] | None = None) -> upkeep.Verified:
        """Check every blob's hash and SQLite's own file."""
        return upkeep.verify(self._database, self._blobs, on_progress)

    def back_up(self, target: Path, on_progress: Callable[[int, int], None] | None = None) -> backup.BackedUp:
        """The whole library into one file; see `storage.backup`."""
        from dalle_studio.storage import backup

        return backup.back_up(self.places, self._database, self._blobs, target, on_progress)

    def restore_backup(self, source: Path, on_progress: Callable[[int, int], None] | None = None) -> backup.Restored:
        """Add what a backup holds and this library does not."""
        from dalle_studio.storage import backup

        return backup.restore(self.places, self._database, self._blobs, source, on_progress)

    def sent_counts_today(self) -> dict[str, int]:
        """Host → how many crops left this computer for it today, local time."""
        return self._account.sent_today()

    def costs(self, period: str) -> Costs:
        """What was spent in a local day `YYYY-MM-DD`, month `YYYY-MM` or year `YYYY`, deleted edits included."""
        return self._account.costs(period)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _ensure(self, blobs: dict[str, bytes]) -> None:
        """Inside a write: nobody else collects blobs now, so what is there stays and what went is put again."""
        for blob_id, data in blobs.items():
            if not self._blobs.has(blob_id):
                self._blobs.put(data)

    def _insert(
        self, connection: sqlite3.Connection, intent: EditIntent, state: State, more: dict[str, object]
    ) -> None:
        """A new row of `edits`; an id begins once. The original it stands on comes out of the trash."""
        columns = rows.columns_of(intent) | more
        columns |= {
            "state": state.value,
            "words": rows.search_words(intent.prompt, intent.prompt_sent),
            "created": self._timestamp(),
            "process": self.places.token,
        }
        names = ", ".join(columns)
        slots = ", ".join(f":{name}" for name in columns)
        if connection.execute("SELECT 1 FROM edits WHERE edit_id = ?", (intent.edit_id,)).fetchone():
            raise StorageProblem("errors_storage.already_begun", edit=intent.edit_id)
        if intent.original is not None:
            changed = connection.execute(
                "UPDATE originals SET trashed = 0 WHERE original_id = ?", (intent.original,)
            ).rowcount
            if not changed:
                raise StorageProblem("errors_storage.original_gone")
        connection.execute(f"INSERT INTO edits ({names}) VALUES ({slots})", columns)  # noqa: S608 - own names

    def _is_priced(self, connection: sqlite3.Connection, sequence: int) -> bool:
        """Whether every answer that came says what it cost."""
        query = "SELECT 1 FROM answers WHERE edit = ? AND cost_usd IS NULL LIMIT 1"
        return connection.execute(query, (sequence,)).fetchone() is None

    def _add_candidate(
        self,
        connection: sqlite3.Connection,
        sequence: int,
        one: ComposedCandidate,
        patch: str,
        thumbnail: str,
        *,
        answer: str,
    ) -> None:
        connection.execute(
            """
            INSERT INTO candidates (edit, candidate, answer, patch, rect, shift, outside_identical, thumbnail)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                sequence,
                one.index,
                answer,
                patch,
                rows.rect_json(one.rect),
                json.dumps(one.shift),
                int(one.outside_identical),
                thumbnail,
            ),
        )

    def _set(self, connection: sqlite3.Connection, row: sqlite3.Row, **columns: object) -> None:
        assignments = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(
            f"UPDATE edits SET {assignments} WHERE sequence = ?",  # noqa: S608 - names are keywords of this module
            (*columns.values(), row["sequence"]),
        )

    def _trash(self, version_ids: tuple[str, ...], *, trashed: bool) -> tuple[str, ...]:
        with self._database.writing() as connection:
            return tuple(one for one in version_ids if self._move(connection, one, int(trashed)))

    def _move(self, connection: sqlite3.Connection, version_id: str, trashed: int) -> bool:
        """Into the trash or out of it; False when it lay there already."""
        if connection.execute("SELECT 1 FROM originals WHERE original_id = ?", (version_id,)).fetchone():
            edits = "UPDATE edits SET trashed = :to WHERE original = :id AND trashed <> :to"
            moved = connection.execute(edits, {"to": trashed, "id": version_id}).rowcount
            return bool(self._move_photo(connection, version_id, trashed) + moved)
        row = self._edit_row(connection, version_id)
        if row["trashed"] != trashed:
            self._set(connection, row, trashed=trashed)
        photo = 0 if trashed else self._move_photo(connection, row["original"], 0)
        return row["trashed"] != trashed or bool(photo)

    def _move_photo(self, connection: sqlite3.Connection, original_id: str | None, trashed: int) -> int:
        photo = "UPDATE originals SET trashed = :to WHERE original_id = :id AND trashed <> :to"
        return connection.execute(photo, {"to": trashed, "id": original_id}).rowcount

    def _timestamp(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
