"""Tidewater Analytics: who works there, in which teams, and which packages of the monorepo are whose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User

from governance import rosters
from rfcs import clock
from rfcs.models import Package
from rfcs.states import ARCHITECTURE, AUDITORS, INCIDENT_COMMAND, SECURITY, STEWARDS, TEAMS

PASSWORD = "breakwater"  # noqa: S105 - printed at every start of the demo; production refuses the sample data
DOMAIN = "tidewater.example"
SINCE = timedelta(days=400)
"""How long ago they moved in."""


@dataclass(frozen=True, slots=True)
class Person:
    """One account; without a team it is an engineer and nothing else."""

    username: str
    first: str
    last: str
    teams: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        return f"{self.username}@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Owned:
    """A package with its owners: user names and team slugs."""

    path: str
    name: str
    owners: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


PEOPLE = (
    Person("arjun", "Arjun", "Nair"),
    Person("camille", "Camille", "Laurent"),
    Person("dmytro", "Dmytro", "Kovalenko"),
    Person("leilani", "Leilani", "Kealoha"),
    Person("ingrid", "Ingrid", "Solberg", (ARCHITECTURE, STEWARDS)),
    Person("kwame", "Kwame", "Asante", (ARCHITECTURE,)),
    Person("meiling", "Mei-Ling", "Cho", (ARCHITECTURE,)),
    Person("noor", "Noor", "Haddad", (ARCHITECTURE,)),
    Person("rafael", "Rafael", "Ortega", (ARCHITECTURE,)),
    Person("adaeze", "Adaeze", "Okafor", (SECURITY,)),
    Person("lior", "Lior", "Ben-Ami", (SECURITY, INCIDENT_COMMAND)),
    Person("tomasz", "Tomasz", "Zieliński", (SECURITY,)),
    Person("shauna", "Shauna", "Whelan", (INCIDENT_COMMAND,)),
    Person("pelin", "Pelin", "Aydın", (STEWARDS,)),
    Person("margarethe", "Margarethe", "Vogel", (AUDITORS,)),
)

LEADS = {ARCHITECTURE: "ingrid", SECURITY: "adaeze", INCIDENT_COMMAND: "shauna", STEWARDS: "pelin"}

PACKAGES = (
    Owned("src/packages/data/anomaly_detection", "Anomaly detection", ("arjun",)),
    Owned("src/packages/data/export", "Export", ("leilani",)),
    Owned("src/packages/data/feature_store", "Feature store", ("arjun", "meiling")),
    Owned("src/packages/data/forecasting", "Forecasting", ("leilani",)),
    Owned("src/packages/data/ingestion", "Ingestion", ("camille",)),
    Owned("src/packages/data/warehouse_schema", "Warehouse schema", ("camille", "kwame")),
    Owned("src/packages/platform/config", "Configuration", ("pelin",)),
    Owned("src/packages/platform/edge_agent", "Edge agent", ("kwame",)),
    Owned("src/packages/platform/job_runner", "Job runner", ("dmytro",)),
    Owned("src/packages/platform/observability", "Observability", ("shauna",), (INCIDENT_COMMAND,)),
    Owned("src/packages/software/api_gateway", "API gateway", ("dmytro",)),
    Owned("src/packages/software/auth", "Authentication", (), (SECURITY,)),
    Owned("src/packages/software/core", "Core", ("rafael", "dmytro")),
    Owned("src/packages/software/interfaces", "Interfaces", (), (ARCHITECTURE,)),
    Owned("src/packages/software/notifications", "Notifications", ("camille",)),
    Owned("src/packages/software/web_console", "Web console", ("noor",)),
)


def move_in() -> None:
    """The teams, the accounts and the catalog of packages, some time before the first story."""
    with clock.shifted(-SINCE):
        password = make_password(PASSWORD)  # once: a salt for each of these public passwords would only cost seconds
        people = {person.username: _account(person, password) for person in PEOPLE}
        for slug in TEAMS:
            _fill(slug, [people[person.username] for person in PEOPLE if slug in person.teams])
        for slug, username in LEADS.items():
            rosters.set_lead(slug, people[username], by=None, leads=True)
    for owned in PACKAGES:
        package, _ = Package.objects.update_or_create(path=owned.path, defaults={"name": owned.name})
        package.owners.set(User.objects.filter(username__in=owned.owners))
        package.owner_teams.set(Group.objects.filter(name__in=owned.teams))


def _fill(slug: str, members: list[User]) -> None:
    if not Group.objects.filter(name=slug).exists():
        rosters.create(slug, by=None)
    for member in members:
        rosters.add(slug, member, by=None)


def _account(person: Person, password: str) -> User:
    defaults = {
        "first_name": person.first,
        "last_name": person.last,
        "email": person.email,
        "password": password,
    }
    return User.objects.update_or_create(username=person.username, defaults=defaults)[0]
