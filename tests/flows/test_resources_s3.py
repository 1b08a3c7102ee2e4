"""Resources in a bucket that a project names, on a real S3 server: from an upload to a running job."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from apps.engine.states import State
from apps.flows.runs import submit_job
from apps.flows.warden import Warden
from apps.jobs.actions import create_job
from apps.jobs.looking import looks_at
from apps.jobs.shelves import shelves_of
from apps.jobs.storing import create_storage, update_storage, upload_object
from apps.projects.actions import create_project
from apps.projects.models import User
from tests.flows.at_work import log_of, make_job, node_of, work_off
from tests.seaweed import KEY, SECRET, SeaweedServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    server = SeaweedServer(tmp_path_factory.mktemp("weed"))
    try:
        server.start()
        server.make_bucket("box")
        yield server
    finally:
        server.stop()


def test_what_is_uploaded_to_a_bucket_is_fetched_with_the_keys_of_its_storage(
    server: SeaweedServer, make_warden: Callable[[], Warden], ann: User, settings: Settings
) -> None:
    settings.HEADRACE_OUTBOUND_ALLOW = ["127.0.0.0/8"]
    project = create_project(name="buckets", by=ann)
    keys = {"access_key": KEY, "secret": SECRET}
    storage = create_storage(project, by=ann, kind="s3", bucket="box", endpoint=server.place.url, **keys)
    shelf = shelves_of(project)[1]
    file = SimpleUploadedFile("a", b"from the bucket\n")
    assert upload_object(shelf, "in/a.csv", file, by=ann, size=16) == "s3://box/in/a.csv"
    assert [found.key for found in shelf.page("in").objects] == ["in/a.csv"]
    assert list(looks_at(project.pk, ["oss://box/in/a.csv"])) == []

    warden = make_warden()
    reader = make_job(project, "reader", "cat ossref://box/in/a.csv")
    run = work_off(warden, submit_job(reader, by=ann))
    assert log_of(run, "reader").endswith("\nfrom the bucket")

    update_storage(storage, by=ann, secret="another-one")
    refused = work_off(warden, submit_job(reader, by=ann))
    assert refused.state == State.FAILED
    assert f"the secret of access key {KEY} is wrong" in node_of(refused, "reader").reason

    named = create_job(
        project,
        name="named",
        kind="SHELL",
        by=ann,
        content="cat a.csv",
        resources=[(f"oss://{KEY}:{SECRET}@box/in/a.csv", "")],
    )
    log = log_of(work_off(warden, submit_job(named, by=ann)), "named")
    assert log.endswith("\nfrom the bucket")
    assert f"oss://{KEY}:******@box/in/a.csv" in log and SECRET not in log
