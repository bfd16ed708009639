"""The form of an RFC: every field of the document in sections, and one row for each package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError

from breakwater.justification import Period, Timeline
from rfcs import limits, risk, scenarios
from rfcs.content import LABELS, PHASES, TEXTS, Content, Package
from rfcs.errors import Reason
from rfcs.paths import LONGEST, MOST_PACKAGES, normal_path, path_problem
from rfcs.states import Scenario, Severity


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the form: its anchor, its heading, the process's words, its fields."""

    anchor: str
    title: str
    hint: str
    fields: tuple[str, ...]


SECTIONS = (
    Section(
        "summary",
        "Change summary",
        "Brief description of the breaking change and why it's necessary.",
        ("title", "scenario", "issue", "touches_security", "embargoed", "change_summary"),
    ),
    Section(
        "answers",
        "Questions of the scenario",
        "What this kind of change has to say on top; each answer is a line of the impact assessment.",
        tuple(f"answers.{slug}" for slug in scenarios.SLUGS),
    ),
    Section("packages", "Affected packages", "Every package that the change touches, and how hard.", ("packages",)),
    Section(
        "impact",
        "Impact assessment",
        "Say “None” where a kind of change does not occur.",
        ("api_changes", "data_changes", "behavioral_changes"),
    ),
    Section(
        "risk",
        "Risk",
        "What can go wrong, and how soon it is mended. The score and all it is made of stand on the Impact page.",
        tuple(f"risk.{slug}" for slug in risk.SLUGS),
    ),
    Section(
        "justification",
        "Justification",
        "Detailed explanation of why this coordinated update is necessary.",
        ("justification",),
    ),
    Section("rollback", "Rollback plan", "Step-by-step process to revert changes if needed.", ("rollback_plan",)),
    Section(
        "testing",
        "Testing strategy",
        "How each package, their interplay and the performance are tested.",
        ("testing_unit", "testing_integration", "testing_performance"),
    ),
    Section("timeline", "Timeline", "Development, then testing, then deployment; phases may overlap.", ("timeline",)),
    Section(
        "attachments",
        "Attachments",
        "Measurements, drawings, letters: what the board reads beside the document, and signs with it.",
        ("attachments",),
    ),
)

HELP = {
    "title": "One line; it becomes the subject of the commit.",
    "scenario": "One of the five that justify touching several packages.",
    "issue": "The number that the commit closes, for example 123.",
    "touches_security": "The security team signs too.",
    "embargoed": "Seen only by those who write or sign it, security, stewards and auditors. It asks nobody to sign. "
    "Once submitted, only security lifts it, on the page of the RFC; from then on this box decides nothing.",
    "change_summary": "Markdown. What breaks, for whom, and why now.",
    "api_changes": "List of modified interfaces.",
    "data_changes": "Database or schema modifications.",
    "behavioral_changes": "Modified functionality.",
    "justification": "Why a change of one package after the other would not do.",
    "rollback_plan": "A list of steps that somebody else can follow at night: 1. … 2. …",
    "testing_unit": "Unit tests for each affected package.",
    "testing_integration": "Integration tests for cross-package interactions.",
    "testing_performance": "Performance impact assessment.",
}
ROWS = {"change_summary": 5, "justification": 7, "rollback_plan": 6}


def _text(name: str) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": ROWS.get(name, 3)})
    return forms.CharField(
        label=LABELS[name], required=False, max_length=limits.TEXT, widget=area, help_text=HELP[name], strip=False
    )


def _day(phase: str, edge: str) -> forms.DateField:
    return forms.DateField(
        label=f"{phase.title()} {edge}s",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _answer(question: scenarios.Question) -> forms.CharField:
    label = question.label if question.is_required else f"{question.label} (optional)"
    area = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(
        label=label, required=False, max_length=limits.ANSWER, widget=area, help_text=question.help, strip=False
    )


def _choice(question: risk.Question) -> forms.ChoiceField:
    choices = [("", "Choose…"), *((value, label) for value, label, _ in question.options)]
    return forms.ChoiceField(label=question.label, required=False, choices=choices, help_text=question.help)


_RISK = {f"risk.{question.slug}": _choice(question) for question in risk.QUESTIONS}
_ANSWERS = {f"answers.{asked.slug}": _answer(asked) for row in scenarios.QUESTIONS.values() for asked in row}
AnswersForm: type[forms.Form] = type("AnswersForm", (forms.Form,), _ANSWERS | _RISK)
"""The questions of all scenarios, of which the page shows those of the chosen one, and those about the risk."""


class ContentForm(AnswersForm):  # type: ignore[valid-type,misc] # made of the table of questions
    """All fields but the packages. A draft may be incomplete: nothing is required here, `submit` asks for it."""

    title = forms.CharField(label="Title", required=False, max_length=limits.TITLE, help_text=HELP["title"])
    scenario = forms.ChoiceField(
        label="Scenario", required=False, choices=[("", "Choose…"), *Scenario.choices], help_text=HELP["scenario"]
    )
    issue = forms.CharField(label="Issue", required=False, max_length=limits.ISSUE, help_text=HELP["issue"])
    touches_security = forms.BooleanField(
        label=LABELS["touches_security"], required=False, help_text=HELP["touches_security"]
    )
    embargoed = forms.BooleanField(label=LABELS["embargoed"], required=False, help_text=HELP["embargoed"])
    change_summary = _text("change_summary")
    api_changes = _text("api_changes")
    data_changes = _text("data_changes")
    behavioral_changes = _text("behavioral_changes")
    justification = _text("justification")
    rollback_plan = _text("rollback_plan")
    testing_unit = _text("testing_unit")
    testing_integration = _text("testing_integration")
    testing_performance = _text("testing_performance")
    development_start = _day("development", "start")
    development_end = _day("development", "end")
    testing_start = _day("testing", "start")
    testing_end = _day("testing", "end")
    deployment_start = _day("deployment", "start")
    deployment_end = _day("deployment", "end")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(*(_fieldset(section) for section in SECTIONS))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in ("title", "issue", *TEXTS, *_ANSWERS):
            if limits.unstorable(data.get(name) or ""):
                self.add_error(name, "This holds a character that is not text; remove it.")
        for phase in PHASES:
            for edge in ("start", "end"):
                day = data.get(f"{phase}_{edge}")
                if day and day.year not in limits.YEARS:
                    self.add_error(f"{phase}_{edge}", f"The year {day.year} is not plausible.")
        return data

    def timeline(self) -> Timeline:
        data = self.cleaned_data
        return Timeline(**{p: Period(data.get(f"{p}_start"), data.get(f"{p}_end")) for p in PHASES})

    def risk(self) -> dict[str, str]:
        return {slug: self.cleaned_data.get(f"risk.{slug}", "") for slug in risk.SLUGS}

    def answers(self) -> dict[str, str]:
        """Every answer that was typed, also under a scenario that is not chosen: none is lost."""
        given = ((slug, self.cleaned_data.get(f"answers.{slug}", "")) for slug in scenarios.SLUGS)
        return {slug: text for slug, text in given if text}


def _fieldset(section: Section) -> Fieldset:
    heading = HTML(f'<p class="lead">{section.hint}</p>')
    if section.anchor == "packages":
        rows = HTML('{% include "components/package_rows.html" with formset=packages only %}')
        return Fieldset(section.title, heading, rows, css_id="packages")
    if section.anchor == "answers":
        return Fieldset(section.title, heading, *_questions(), css_id="answers")
    if section.anchor == "attachments":
        return Fieldset(section.title, heading, HTML('{% include "rfcs/_attach.html" %}'), css_id="attachments")
    if section.anchor == "timeline":
        pairs = (Div(f"{phase}_start", f"{phase}_end", css_class="date-pair") for phase in PHASES)
        return Fieldset(section.title, heading, *pairs, css_id="timeline")
    return Fieldset(section.title, heading, *(Field(name) for name in section.fields), css_id=section.anchor)


def _questions() -> Iterator[Any]:
    """One group for each scenario: js/scenarios.js shows the chosen one, without script all of them can be opened."""
    yield HTML('<p class="meta" data-scenario="">Choose a scenario above; what it asks stands here.</p>')
    for scenario, asked in scenarios.QUESTIONS.items():
        is_open = f"{{% if form.scenario.value == '{scenario}' %}}open{{% endif %}}"
        yield HTML(f'<details class="questions" data-scenario="{scenario}" {is_open}>')
        yield HTML(f"<summary>{Scenario(scenario).label}</summary>")
        yield from (Field(f"answers.{question.slug}") for question in asked)
        yield HTML("</details>")


class PackageForm(forms.Form):
    """One affected package and its assessment."""

    path = forms.CharField(label="Path", max_length=LONGEST, widget=forms.TextInput(attrs={"list": "package-paths"}))
    description = forms.CharField(label="What changes in it", required=False, max_length=limits.DESCRIPTION)
    api = forms.BooleanField(label="API", required=False)
    data = forms.BooleanField(label="Data", required=False)  # type: ignore[assignment] # a field, not the attribute
    behavior = forms.BooleanField(label="Behaviour", required=False)
    severity = forms.ChoiceField(label="Severity", required=False, choices=[("", "Not assessed"), *Severity.choices])

    def __init__(self, *args: Any, lenient: bool = False, **kwargs: Any) -> None:
        """`lenient` takes a path as it is typed: an autosave keeps it, the save names what is wrong."""
        super().__init__(*args, **kwargs)
        self.lenient = lenient

    def clean_path(self) -> str:
        path = normal_path(self.cleaned_data["path"])
        problem = path_problem(path)
        if problem and not self.lenient:
            raise ValidationError(problem)
        return path

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if limits.unstorable(f"{data.get('path', '')}{data.get('description', '')}"):
            self.add_error(None, "This row holds a character that is not text; remove it.")
        return data


class BasePackageFormSet(forms.BaseFormSet):  # type: ignore[type-arg] # generic in the stubs alone
    """Rows in the order of the page; a row left empty is no row, a path stands once."""

    def _construct_form(self, i: int, **kwargs: Any) -> PackageForm:
        form: PackageForm = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.empty_permitted = True
        return form

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.kept():
            path = form.cleaned_data.get("path", "")
            if path and path in seen and not form.lenient:
                form.add_error("path", f"{path} is listed twice; keep one row for each package.")
            seen.add(path)

    def kept(self) -> Iterator[PackageForm]:
        for form in self.forms:
            if form.has_changed() and hasattr(form, "cleaned_data"):
                yield form

    def packages(self) -> tuple[Package, ...]:
        return tuple(Package(**form.cleaned_data) for form in self.kept() if form.cleaned_data.get("path"))


PackageFormSet = forms.formset_factory(
    PackageForm, formset=BasePackageFormSet, extra=0, max_num=MOST_PACKAGES, absolute_max=MOST_PACKAGES + 500
)


class RFCForm:
    """Both parts as one: bound to what was posted, or showing a content."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, content: Content | None = None, lenient: bool = False
    ) -> None:
        shown = content or Content()
        self.fields = ContentForm(data, initial=_initial(shown))
        rows = [_row(package) for package in shown.packages]
        initial = None if data is not None else rows or [{}]
        rows_from: Any = {"prefix": "packages", "initial": initial, "form_kwargs": {"lenient": lenient}}
        self.packages = cast("BasePackageFormSet", PackageFormSet(data, **rows_from))

    def is_valid(self) -> bool:
        return all([self.fields.is_valid(), self.packages.is_valid()])

    def content(self) -> Content:
        """What was written; call it after is_valid()."""
        data = self.fields.cleaned_data
        plain = {name: data[name] for name in ("scenario", "touches_security", "embargoed", *TEXTS)}
        return Content(
            title=data["title"].strip(),
            issue=data["issue"].strip(),
            answers=self.fields.answers(),
            risk=self.fields.risk(),
            packages=self.packages.packages(),
            timeline=self.fields.timeline(),
            **plain,
        )

    def refuse(self, reasons: Iterable[Reason]) -> None:
        """Show a refusal beside its field where the form has it."""
        for reason in reasons:
            field = reason.field if reason.field in self.fields.fields else None
            self.fields.add_error(field, reason.message)

    def messages(self) -> list[str]:
        """All errors as sentences, with the name of their field."""
        named = [
            (ContentForm.base_fields[k].label if k in ContentForm.base_fields else "", v)
            for k, v in self.fields.errors.items()
        ]
        rows = [(f"Package {n}", v) for n, form in enumerate(self.packages.forms, 1) for v in form.errors.values()]
        general = [("", list(self.packages.non_form_errors()))]
        return [f"{name}: {text}" if name else text for name, texts in (*named, *rows, *general) for text in texts]


def _initial(content: Content) -> dict[str, Any]:
    values = {
        name: getattr(content, name) for name in ("title", "scenario", "issue", "touches_security", "embargoed", *TEXTS)
    }
    values |= {f"answers.{slug}": text for slug, text in content.answers.items()}
    values |= {f"risk.{slug}": choice for slug, choice in content.risk.items()}
    for phase in PHASES:
        period = getattr(content.timeline, phase)
        values |= {f"{phase}_start": period.start, f"{phase}_end": period.end}
    return values


def _row(package: Package) -> dict[str, Any]:
    return {name: getattr(package, name) for name in ("path", "description", "api", "data", "behavior", "severity")}
