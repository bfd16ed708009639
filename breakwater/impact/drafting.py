"""The facts as a draft of the justification's “Affected Packages” and “Impact Assessment”.

What only a person knows stays the template's own text, so that the validator of the document goes on asking for it.
Who depends on the change stands under “Consumers”, not under what acknowledges them (SP005): a person does that.
"""

from collections import Counter

from breakwater.changes import shown
from breakwater.findings import ERROR, Finding
from breakwater.impact.facts import Dependent, Impact, Touched
from breakwater.justification import Justification, PackageChange, render, template

_DATA = ("DJ", "SQ", "JS")
"""Families whose breaks are “Data Changes”; the others' are “API Changes”."""
_SHOWN = 3
_LISTED = 50


def sections(impact: Impact) -> str:
    """The two sections, as the document has them."""
    whole = document(impact)
    start, end = (whole.index(f"\n## {name}\n") for name in (template.PACKAGES, template.REASON))
    return whole[start:end].strip("\n") + "\n"


def document(impact: Impact) -> str:
    """The whole template with the two sections filled in."""
    return render(draft(impact))


def draft(impact: Impact) -> Justification:
    """The document with what is known in “Affected Packages” and “Impact Assessment”, and nothing else."""
    breaks = {is_data: [f for f in impact.breaks if _is_data(f) == is_data] for is_data in (True, False)}
    data = [*map(_broken, breaks[True]), *(f"- `{shown(path)}`: {status}" for path, status in impact.data_files)]
    return Justification(
        affected_packages=tuple(PackageChange(shown(one.package), described(one)) for one in impact.touched),
        api_changes=_list(list(map(_broken, breaks[False]))),
        data_changes=_list(data),
        consumers=_list([_dependent(one) for one in impact.dependents]),
    )


def described(one: Touched) -> str:
    """What happens to a package's files, in one line."""
    counts = Counter(status for _, status in one.files)
    parts = ", ".join(f"{count} {status}" for status, count in counts.items())
    names = ", ".join(f"`{shown(path.removeprefix(f'{one.package}/'))}`" for path, _ in one.files[:_SHOWN])
    more = f" and {len(one.files) - _SHOWN} more" if len(one.files) > _SHOWN else ""
    errors = sum(finding.level == ERROR for finding in one.breaks)
    breaking = f"; {errors} break{'s' if errors > 1 else ''} of what others use" if errors else ""
    return f"{parts} ({names}{more}){breaking}"


def _is_data(finding: Finding) -> bool:
    return finding.rule.rstrip("0123456789") in _DATA


def _broken(finding: Finding) -> str:
    level = "" if finding.level == ERROR else f", {finding.level}"
    line = f":{finding.line}" if finding.line else ""
    return f"- `{shown(finding.path)}{line}` ({finding.rule}{level}): {' '.join(finding.message.split())}"


def _dependent(one: Dependent) -> str:
    people = f" (owned by {', '.join(map(shown, one.owners))})" if one.owners else ""
    return f"- {shown(one.package)}{people}: {way(one)}"


def way(one: Dependent) -> str:
    """How it depends: "depends on a", "depends on b, which depends on a"."""
    return "depends on " + ", which depends on ".join(shown(package) for package in reversed(one.way))


def _list(lines: list[str]) -> str:
    more = [f"- and {len(lines) - _LISTED} more, which `breakwater-impact --format json` lists"]
    return "\n".join(lines[:_LISTED] + (more if len(lines) > _LISTED else []))
