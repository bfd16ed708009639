"""The database guards the state too: triggers made from the same table as everything else."""

import pgtrigger
from pgtrigger import Delete, Insert, Truncate, Update

from rfcs.states import State
from rfcs.transitions import steps


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """Rows of this table are never changed, removed or truncated."""
    return [
        pgtrigger.Protect(name=f"{name}_append_only", operation=Update | Delete),
        no_truncate(name),
    ]


def only_set(name: str, *columns: str) -> list[pgtrigger.Trigger]:
    """Rows are never removed, and nothing of them changes but the columns that are not named here."""
    return [
        pgtrigger.Protect(name=f"{name}_stays", operation=Delete),
        pgtrigger.Protect(name=f"{name}_facts_stay", operation=pgtrigger.UpdateOf(*columns)),  # type: ignore[no-untyped-call]
        no_truncate(name),
    ]


def no_truncate(name: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"{name}_no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=Truncate,
        func="RAISE EXCEPTION 'breakwater: % is append-only', TG_TABLE_NAME;",
    )


def legal_states() -> list[pgtrigger.Trigger]:
    """An RFC begins as a draft, moves only as the table lists, and keeps its track and author once it left draft."""
    moves = ", ".join(f"('{track}', '{source}', '{target}')" for track, source, target in sorted(set(steps())))
    return [
        pgtrigger.Trigger(
            name="rfc_begins_as_draft",
            when=pgtrigger.Before,
            operation=Insert,
            condition=pgtrigger.Q(new__state__df=State.DRAFT.value),
            func="RAISE EXCEPTION 'breakwater: an RFC begins as a draft, not as %', NEW.state;",
        ),
        pgtrigger.Trigger(
            name="rfc_moves_by_the_table",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("state"),  # type: ignore[no-untyped-call]
            condition=pgtrigger.Q(old__state__df=pgtrigger.F("new__state")),
            func=f"""
                IF (NEW.track, OLD.state, NEW.state) NOT IN ({moves}) THEN
                  RAISE EXCEPTION 'breakwater: no move of the % track leads from % to %',
                    NEW.track, OLD.state, NEW.state;
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="rfc_keeps_author_and_track",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf("track", "author_id"),  # type: ignore[no-untyped-call]
            condition=pgtrigger.Q(old__author_id__df=pgtrigger.F("new__author_id"))
            | (pgtrigger.Q(old__track__df=pgtrigger.F("new__track")) & ~pgtrigger.Q(old__state=State.DRAFT.value)),
            func="RAISE EXCEPTION 'breakwater: the author never changes, the track not after the draft';",
        ),
        pgtrigger.Protect(name="rfc_is_never_deleted", operation=Delete),
    ]


def texts_to_read() -> list[pgtrigger.Trigger]:
    """A text that is new or has changed waits for its words to be read (rfcs/spelling.py).

    A row that is there already is written anew, so that writer and reader of one text wait for each other at it.
    """
    queued = (
        "INSERT INTO rfcs_texttoread (text_id) VALUES (NEW.rfc_id) "
        "ON CONFLICT (text_id) DO UPDATE SET text_id = excluded.text_id; RETURN NULL;"
    )
    changed = pgtrigger.Q(old__title__df=pgtrigger.F("new__title")) | pgtrigger.Q(
        old__body__df=pgtrigger.F("new__body")
    )
    return [
        pgtrigger.Trigger(name="text_is_new", when=pgtrigger.After, operation=Insert, func=queued),
        pgtrigger.Trigger(
            name="text_has_changed", when=pgtrigger.After, operation=Update, condition=changed, func=queued
        ),
    ]
