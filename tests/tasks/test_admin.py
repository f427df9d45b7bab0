import pytest
from django.apps import apps
from django.contrib import admin
from django.utils import timezone

from tasks.choices import State
from tasks.models import Job, Piece, Schedule, Worker
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
    Job.objects.update(label="A secret deal")
    for path in (LIST, f"{LIST}{job.pk}/change/"):
        assert "A secret deal" not in watching.get(path).content.decode()


def test_a_piece_shows_its_size_and_not_what_it_holds(job, watching):
    piece = Piece.objects.create(job=job, number=0, data=b"confidential")
    for path in ("/admin/tasks/piece/", f"/admin/tasks/piece/{piece.pk}/change/"):
        page = watching.get(path).content.decode()
        assert "12" in page
        assert "confidential" not in page
        assert "Data" not in page


def test_schedules_are_shown(watching):
    now = timezone.now()
    Schedule.objects.create(kind="tasks.prune", due_at=now)
    assert "tasks.prune" in watching.get("/admin/tasks/schedule/").content.decode()


@pytest.mark.parametrize("query", ["state=queued", "kind=tests.double", "priority=200", "parent__isempty=1"])
def test_jobs_are_filtered(job, watching, query):
    assert str(job.pk) in watching.get(f"{LIST}?{query}").content.decode()


def test_a_part_is_not_moved_without_its_whole_job(job, watching):
    part = Job.objects.create(parent=job, kind=job.kind, fingerprint="p", queued_at=job.queued_at)
    answer = watching.post(LIST, {"action": "cancel", "_selected_action": [str(part.pk)]}, follow=True)
    assert f"choose its whole job {job.pk}" in answer.content.decode()
    assert set(Job.objects.values_list("state", flat=True)) == {State.QUEUED}


@pytest.mark.parametrize("model", [Job, Piece, Schedule, Worker])
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
    expected = "1 job was cancelled" if action == "cancel" else "Only a failed or cancelled job"
    assert expected in answer.content.decode()


def test_the_admin_is_free_of_django_qs_tables():
    assert not [model for model in apps.get_app_config("django_q").get_models() if admin.site.is_registered(model)]
