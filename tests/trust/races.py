"""Real threads on real connections, let go at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection

from rfcs.errors import Refused


def together(*verbs: Callable[[], Any]) -> list[Any]:
    """Run all at once, each on its own connection; the results in order, a refusal as its Refused."""
    start = Barrier(len(verbs))
    results: list[Any] = [None] * len(verbs)

    def run(index: int, verb: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            results[index] = verb()
        except Refused as refusal:
            results[index] = refusal
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def codes(result: Any) -> list[str]:
    """The codes of a refusal; empty for what succeeded."""
    return [reason.code for reason in result.reasons] if isinstance(result, Refused) else []
