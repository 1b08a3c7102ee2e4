from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from apps.projects.models import Cluster


def problem(endpoints: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Cluster(name="c", endpoints=endpoints).clean_fields()
    assert list(caught.value.message_dict) == ["endpoints"]
    return " ".join(caught.value.messages)


@pytest.mark.parametrize(
    ("endpoints", "says"),
    [
        (["http://rm:8088"], "must be a JSON object"),
        ({"yarm": "http://rm:8088"}, "yarm is not known; known are yarn, history"),
        ({"yarn": 8088}, 'yarn must be a text, as in {"yarn": "http://resourcemanager:8088"}'),
        ({"yarn": "rm:8088"}, "yarn: the address must start with http:// or https://"),
        ({"yarn": "http://rm1:8088, ftp://rm2"}, "yarn: the address must start with"),
        ({"kubernetes": "https://me:secret@k8s"}, "must not hold a user name or password"),
    ],
)
def test_a_wrong_endpoint_is_told_with_what_would_be_right(endpoints: object, says: str) -> None:
    assert says in problem(endpoints)


def test_endpoints_that_are_right_are_taken() -> None:
    Cluster(
        name="c",
        endpoints={
            "yarn": "http://rm1:8088,http://rm2:8088",
            "kubernetes": "https://k8s:6443",
            "namespace": "jobs",
        },
    ).clean_fields()


@pytest.mark.django_db
def test_the_token_of_a_cluster_is_sealed() -> None:
    Cluster.objects.create(name="c", token="let-me-in")
    assert Cluster.objects.get(name="c").token == "let-me-in"
    assert not Cluster.objects.extra(where=["token = 'let-me-in'"]).exists()
