"""What a caller of the old signature meets at the new one: pure, a table of cases."""

from collections.abc import Iterator

from breakwater.breaks.python.annotations import widens
from breakwater.breaks.python.surface import Kind, Parameter, Signature
from breakwater.records import record


@record(frozen=True, slots=True)
class Difference:
    """One thing that is no longer so; `rule` is a rule's id, `sentence` speaks of the parameter."""

    rule: str
    sentence: str


def differences(old: Signature, new: Signature) -> Iterator[Difference]:
    """Every break between two signatures, bound methods without their first parameter."""
    if old == new:
        return
    renamed = dict(_renames(old, new))
    yield from _removed(old, new, renamed)
    yield from _added(old, new, set(renamed.values()))
    yield from _moved(old, new)
    for before in old.parameters:
        after = new.named(before.name)
        if after and not _is_private(before):
            yield from _changed(before, after, new)
    if old.returns and new.returns and not widens(new.returns, old.returns):
        yield Difference("PY022", f"returns {new.returns} instead of {old.returns}")


def optional_additions(old: Signature, new: Signature) -> Iterator[Parameter]:
    """New parameters that no caller must give, but that an overriding method does not know."""
    if new.variadic(Kind.STAR_STAR) and old.variadic(Kind.STAR_STAR):
        return
    for parameter in new.parameters:
        fresh = old.named(parameter.name) is None and parameter.default is not None
        if fresh and not _is_private(parameter):
            yield parameter


def _is_private(parameter: Parameter) -> bool:
    return parameter.name.startswith("_")


def _renames(old: Signature, new: Signature) -> Iterator[tuple[str, str]]:
    """Positional parameters that kept their place and lost their name."""
    before, after = _by_position(old), _by_position(new)
    for one, other in zip(before, after, strict=False):
        if one.name != other.name and new.named(one.name) is None and old.named(other.name) is None:
            yield one.name, other.name


def _by_position(signature: Signature) -> list[Parameter]:
    return [p for p in signature.parameters if p.kind.by_position]


def _passes_on(old: Signature, new: Signature) -> bool:
    """Whether the old one takes anything, as what only passes its arguments on does; its words the new one knows."""
    anything = {p.kind for p in old.parameters} == {Kind.STAR, Kind.STAR_STAR}
    return anything and old.keywords <= {p.name for p in new.parameters} | new.keywords


def _removed(old: Signature, new: Signature, renamed: dict[str, str]) -> Iterator[Difference]:
    if _passes_on(old, new):
        return
    swallowed = _swallowed(old, new)
    for parameter in old.parameters:
        if new.named(parameter.name) is not None or _is_private(parameter):
            continue
        if parameter.kind in (Kind.STAR, Kind.STAR_STAR):
            if not new.variadic(parameter.kind) and not _spelled_out(parameter.kind, old, new):
                yield Difference("PY003", f"no longer takes {parameter.kind.value}{parameter.name}")
        elif parameter.name in renamed:
            taken = new.variadic(Kind.STAR_STAR) or parameter.name in new.keywords
            if parameter.kind is not Kind.POSITIONAL_ONLY and not taken:
                yield Difference("PY003", f"the parameter {parameter.name} is now called {renamed[parameter.name]}")
        elif parameter.name not in swallowed:
            yield Difference("PY003", f"the parameter {parameter.name} is gone")
    known = new.keywords | {p.name for p in new.parameters} | {p.name for p in old.parameters}
    for keyword in sorted(old.keywords - known):
        if not keyword.startswith("_"):
            yield Difference("PY003", f"the keyword {keyword} is no longer taken{_bag(old)}")


def _bag(signature: Signature) -> str:
    return next((f" from **{p.name}" for p in signature.parameters if p.kind is Kind.STAR_STAR), "")


def _spelled_out(kind: Kind, old: Signature, new: Signature) -> bool:
    """Whether the new parameters name at least what the old body took out of its `**`, and nothing more was passed."""
    fresh = {p.name for p in new.parameters} - {p.name for p in old.parameters}
    if kind is Kind.STAR_STAR:
        return bool(fresh) and old.keywords <= fresh | new.keywords
    return False


def _swallowed(old: Signature, new: Signature) -> set[str]:
    """Parameters that the new `*` and `**` take in, so that old calls still fit."""
    star, stars = new.variadic(Kind.STAR), new.variadic(Kind.STAR_STAR)
    fits = {Kind.KEYWORD_ONLY: stars, Kind.POSITIONAL_ONLY: star, Kind.EITHER: star and stars}
    named = {p.name for p in old.parameters if p.name in new.keywords}
    return {p.name for p in old.parameters if fits.get(p.kind)} | named


def _added(old: Signature, new: Signature, renamed: set[str]) -> Iterator[Difference]:
    for parameter in new.parameters:
        if parameter.required and old.named(parameter.name) is None and parameter.name not in renamed:
            if parameter.name in old.keywords or _took_by_position(old, parameter):
                continue
            yield Difference("PY004", f"the new parameter {parameter.name} has no default")


def _took_by_position(old: Signature, parameter: Parameter) -> bool:
    """A function that took anything now names what it takes."""
    return old.variadic(Kind.STAR) and old.variadic(Kind.STAR_STAR) and parameter.kind.by_position


def _moved(old: Signature, new: Signature) -> Iterator[Difference]:
    """Parameters that another one now stands in front of. What only moved up behind a removed one is not told twice."""
    if not (old.exact and new.exact):
        return
    before, after = [p.name for p in _by_position(old)], [p.name for p in _by_position(new)]
    required = {p.name for p in new.parameters if p.required}
    for index, name in enumerate(before):
        if name not in after:
            continue
        ahead = after[: after.index(name)]
        slipped = [other for other in ahead if other not in before and other not in required]
        overtaken = [other for other in ahead if other in before[index + 1 :]]
        replaced = len(ahead) - len(overtaken) <= index and not overtaken
        if (slipped or overtaken) and not replaced:
            yield Difference("PY005", f"the parameter {name} now stands behind {(overtaken or slipped)[-1]}")
            return


def _changed(old: Parameter, new: Parameter, signature: Signature) -> Iterator[Difference]:
    if new.required and not old.required and old.kind not in (Kind.STAR, Kind.STAR_STAR):
        yield Difference("PY004", f"the parameter {old.name} has lost its default")
    if old.kind is not new.kind and _narrowed(old.kind, new.kind, signature):
        yield Difference("PY006", f"the parameter {old.name} was {old.kind.value} and is {new.kind.value}")
    if old.default is not None and new.default is not None and _other_value(old.default, new.default):
        yield Difference("PY020", f"the default of {old.name} is {new.default} instead of {old.default}")
    if not widens(old.annotation, new.annotation):
        yield Difference("PY022", f"{old.name} is {new.annotation} instead of {old.annotation}")


def _narrowed(old: Kind, new: Kind, signature: Signature) -> bool:
    if old.by_position and not new.by_position and not signature.variadic(Kind.STAR):
        return True
    if old.by_position and new is Kind.KEYWORD_ONLY:
        return True
    return old.by_name and not new.by_name and not signature.variadic(Kind.STAR_STAR)


def _other_value(old: str, new: str) -> bool:
    return old.strip("()") != new.strip("()") and old != "..." and new != "..."
