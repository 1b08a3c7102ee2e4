"""Names of files and tokens within contents: what they may be, and what becomes of them."""

from __future__ import annotations

import pytest

from apps.jobs.resources.aliases import check_aliases
from apps.jobs.resources.tokens import replaced, safe_name, tokens_in
from apps.jobs.storage.addresses import BadAddress, masked, parse_address, split_secret

ESCAPES = [
    "../up",
    "a/../../up",
    "..",
    "/etc/passwd",
    "a//b",
    "./a",
    "a/.",
    "a/",
    "nul\0byte",
    "line\nbreak",
    "back\\slash",
    ".headrace/1/x",
    "x" * 256,
]


@pytest.mark.parametrize("alias", ESCAPES)
def test_no_alias_names_a_place_outside_of_the_working_directory(alias: str) -> None:
    with pytest.raises(BadAddress):
        check_aliases([("oss://box/a", alias)])


def test_a_resource_without_an_alias_is_called_as_the_last_part_of_its_address() -> None:
    given = [("oss://box/in/a.csv", ""), ("res:///b.csv", "lib/b.csv"), ("hdfs:///x/y", "")]
    assert check_aliases(given) == ["a.csv", "lib/b.csv", "y"]


@pytest.mark.parametrize(
    "pairs",
    [
        [("oss://box/a", "x"), ("oss://box/b", "x")],
        [("oss://box/one/x", ""), ("oss://box/two/x", "")],
        [("oss://box/a", "x"), ("oss://box/b", "x/y")],
        [("oss://box/b", "x/y/z"), ("oss://box/a", "x/y")],
    ],
)
def test_two_files_never_meet_in_one_place(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BadAddress):
        check_aliases(pairs)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("spark-submit --jars ossref://b/x.jar,ossref://b/y.jar m", ["ossref://b/x.jar", "ossref://b/y.jar"]),
        ('cat "ossref://b/a.csv"; ls', ["ossref://b/a.csv"]),
        ("$(cat ossref://b/a.csv)", ["ossref://b/a.csv"]),
        ("--files ossref://b/a.csv#alias", ["ossref://b/a.csv"]),
        ("ossref://k:s@b.oss-cn-x.aliyuncs.com/a.csv", ["ossref://k:s@b.oss-cn-x.aliyuncs.com/a.csv"]),
        ("oss://b/a.csv stays", []),
    ],
)
def test_a_token_ends_where_a_shell_or_a_list_ends_it(text: str, found: list[str]) -> None:
    assert tokens_in([text]) == found
    assert "ossref" not in replaced(text, lambda token: "/here")


def test_a_name_of_a_file_means_nothing_to_a_shell() -> None:
    assert safe_name("a b;rm -rf $HOME.jar") == "a_b_rm_-rf__HOME.jar"
    assert safe_name("--help") == "help"
    assert safe_name("..") == "file"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("oss://box/a/b.csv", ("oss", "box", "a/b.csv", "", "", "")),
        ("ossref://me:s%2Fx@box/a", ("ossref", "box", "a", "me", "s/x", "")),
        ("oss://box.oss-cn-x.aliyuncs.com/a", ("oss", "box", "a", "", "", "oss-cn-x.aliyuncs.com")),
        ("s3://my.box/a", ("s3", "my.box", "a", "", "", "")),
        ("hdfs://nn:8020/a/b", ("hdfs", "nn:8020", "/a/b", "", "", "")),
        ("hdfs://ann@nn/a", ("hdfs", "nn", "/a", "ann", "", "")),
        ("/user/ann/a", ("hdfs", "", "/user/ann/a", "", "", "")),
        ("res:///lib/a.jar", ("res", "", "lib/a.jar", "", "", "")),
        ("file:///opt/a", ("file", "", "/opt/a", "", "", "")),
    ],
)
def test_an_address_is_taken_apart(text: str, parts: tuple[str, ...]) -> None:
    found = parse_address(text)
    told = (found.scheme, found.bucket, found.key, found.access_key, found.secret, found.endpoint)
    assert told == parts


@pytest.mark.parametrize(
    "text",
    [
        "http://host/x",
        "oss://box",
        "oss://box/../x",
        "oss:///x",
        "file://host/etc/passwd",
        "file:///etc/../root/x",
        "file:///etc/",
        "hdfs://nn/../x",
        "res://other/x",
        "res:///../x",
        "oss://box/a\nb",
        "",
    ],
)
def test_what_names_no_file_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        parse_address(text)


def test_a_secret_in_an_address_is_never_shown() -> None:
    text = "oss://me:hid+den@box.oss-cn-x.aliyuncs.com/a"
    assert split_secret(text) == ("oss://me:******@box.oss-cn-x.aliyuncs.com/a", "hid+den")
    assert str(parse_address(text)) == masked(text)
