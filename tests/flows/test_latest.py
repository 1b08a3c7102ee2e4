from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.flows.runs import submit_job
from apps.jobs.actions import create_job
from apps.projects.models import Cluster, Host
from tests.people import make_people, make_project, signed_in


def test_the_list_of_projects_gets_the_latest_run_of_each_in_one_go(db):
    people = make_people()
    projects = [make_project(people, name) for name in ("One", "Two")]
    for project in projects:
        jobs = [create_job(project, name=name, kind="SHELL", by=people.alice) for name in ("first", "second")]
        runs = [submit_job(job, by=people.alice) for job in jobs]
    client = signed_in(people.vera)
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/runs/last-states/").content.decode()
    assert page.count("hx-swap-oob") == 2
    assert runs[-1].ref in page
    assert runs[0].ref not in page
    assert len(asked) <= 4


def test_a_stranger_gets_nothing(db):
    people = make_people()
    make_project(people)
    assert "last-run" not in signed_in(people.charlie).get("/runs/last-states/").content.decode()


def test_a_host_says_what_it_is_busy_with_and_strangers_hear_nothing(db):
    people = make_people()
    project = make_project(people)
    host = Host.objects.create(cluster=Cluster.objects.get(name="local"), name="build-7")
    idle = Host.objects.create(cluster=host.cluster, name="build-8")
    job = create_job(project, name="extract orders", kind="SHELL", content="true", by=people.alice)
    run = submit_job(job, by=people.alice)
    run.node_runs.filter(job=job).update(state="running", host=host, started_at=run.created_at)
    page = f"/projects/{project.ref}/runs/running-on/"
    said = signed_in(people.vera).get(page).content.decode()
    assert "extract orders" in said
    assert f'id="running-on-{idle.ref}" hx-swap-oob="innerHTML"></div>' in said
    assert signed_in(people.charlie).get(page).status_code == 404
