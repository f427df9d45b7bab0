import pytest
from django.apps import apps
from django.contrib import admin

from tasks.choices import State
from tasks.models import Job, Worker
from tasks.testing import run_pending

LIST = "/admin/tasks/job/"


@pytest.fixture
def watching(client, operator):
    client.force_login(operator)
    return client


def test_operators_look_at_jobs_and_workers(job, watching):
    assert "tests.double" in watching.get(LIST).content.decode()
    assert watching.get("/admin/tasks/worker/").status_code == 200


def test_parameters_and_result_stay_the_owners(job, watching):
    run_pending()
    page = watching.get(f"{LIST}{job.pk}/change/").content.decode()
    assert "tests.double" in page
    assert "amount" not in page
    assert "doubled" not in page


@pytest.mark.parametrize("model", [Job, Worker])
def test_nothing_is_added_changed_or_deleted(rf, operator, model):
    request = rf.get("/")
    request.user = operator
    site = admin.site._registry[model]
    assert site.has_view_permission(request)
    assert not site.has_add_permission(request)
    assert not site.has_change_permission(request)
    assert not site.has_delete_permission(request)


def test_staff_without_the_role_see_nothing(job, client, analyst):
    analyst.is_staff = True
    analyst.save()
    client.force_login(analyst)
    assert client.get(LIST).status_code == 403


@pytest.mark.parametrize(("action", "state"), [("cancel", State.CANCELLED), ("retry", State.QUEUED)])
def test_actions_move_what_can_move_and_say_what_can_not(job, watching, action, state):
    answer = watching.post(LIST, {"action": action, "_selected_action": [str(job.pk)]}, follow=True)
    assert Job.objects.get(pk=job.pk).state == state
    expected = "1 jobs were cancelled" if action == "cancel" else "Only a failed or cancelled job"
    assert expected in answer.content.decode()


def test_the_admin_is_free_of_django_qs_tables():
    assert not [model for model in apps.get_app_config("django_q").get_models() if admin.site.is_registered(model)]
