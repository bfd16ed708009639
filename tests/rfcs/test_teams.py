"""Who leads a team: members that a row names, while they are members and active."""

import pytest
from django.contrib.auth.models import User

from rfcs.states import ARCHITECTURE, SECURITY
from rfcs.teams import is_lead
from tests import factories as f

pytestmark = pytest.mark.django_db


def test_a_member_is_no_lead() -> None:
    head, member = f.lead(ARCHITECTURE, f.person()), f.person(None, ARCHITECTURE)

    assert (is_lead(head, ARCHITECTURE), is_lead(head, SECURITY), is_lead(member, ARCHITECTURE)) == (True, False, False)


def test_who_left_the_team_or_is_deactivated_leads_it_no_more() -> None:
    left, gone = f.lead(ARCHITECTURE, f.person()), f.lead(ARCHITECTURE, f.person())
    left.groups.clear()
    User.objects.filter(pk=gone.pk).update(is_active=False)

    left, gone = User.objects.get(pk=left.pk), User.objects.get(pk=gone.pk)
    assert (is_lead(left, ARCHITECTURE), is_lead(gone, ARCHITECTURE)) == (False, False)
