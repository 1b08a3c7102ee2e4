"""The door to objects: what it opens, and what it never does."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.jobs.storage import BadAddress, Folder, Place, StorageError, check_key, open_store, split_address

CLIMBING = [
    "..",
    "../x",
    "a/../../x",
    "a/..",
    ".",
    "a/./b",
    "a//b",
    "",
    "/",
    "a\\..\\b",
    "a\0b",
    "a\nb",
    "x" * 1025,
]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "objects")


@pytest.mark.parametrize("key", CLIMBING)
def test_no_key_leads_out_of_the_store(folder: Folder, key: str) -> None:
    with pytest.raises(BadAddress):
        folder.write("box", key, b"x")
    with pytest.raises(BadAddress):
        check_key(key)


@pytest.mark.parametrize("bucket", ["..", ".", "", "a/b", "/etc", "a..b", "a\0", ".hidden", "-x"])
def test_no_bucket_is_another_folder(folder: Folder, bucket: str) -> None:
    with pytest.raises(BadAddress):
        folder.read(bucket, "x")


def test_a_link_that_leads_out_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.csv").write_text("s")
    folder.write("box", "in/a.csv", b"x")
    (folder.root / "box" / "in" / "out").symlink_to(tmp_path / "secret")
    (folder.root / "box" / "in" / "key.csv").symlink_to(tmp_path / "secret" / "key.csv")
    assert [found.key for found in folder.find("box", "in")] == ["in/a.csv"]
    for key in ("in/out/key.csv", "in/key.csv"):
        with pytest.raises(BadAddress):
            folder.read("box", key)


def test_what_is_written_is_found_copied_and_deleted(folder: Folder) -> None:
    folder.write("box", "in/a.csv", b"one")
    folder.copy("box", "in/a.csv", "in/deep/b.csv")
    assert [(found.key, found.size) for found in folder.find("box", "in")] == [
        ("in/a.csv", 3),
        ("in/deep/b.csv", 3),
    ]
    folder.delete("box", "in/a.csv")
    folder.delete("box", "in/a.csv")
    assert folder.read("box", "in/deep/b.csv") == b"one"
    assert folder.head("box", "in/a.csv") is None


def test_a_copy_may_be_made_twice(folder: Folder) -> None:
    folder.write("box", "a", b"one")
    folder.copy("box", "a", "b")
    folder.copy("box", "a", "b")
    assert sorted(path.name for path in (folder.root / "box").iterdir()) == ["a", "b"]


def test_a_prefix_is_an_object_or_a_folder_and_nothing_that_only_begins_alike(folder: Folder) -> None:
    for key in ("in/a.csv", "in2/b.csv", "inside.csv"):
        folder.write("box", key, b"x")
    assert [found.key for found in folder.find("box", "in")] == ["in/a.csv"]
    assert [found.key for found in folder.find("box", "in/a.csv")] == ["in/a.csv"]
    assert folder.find("box", "nothing") == []


def test_an_object_in_the_way_is_told_before_anything_is_written(folder: Folder) -> None:
    folder.write("box", "a", b"x")
    with pytest.raises(StorageError, match="is an object"):
        folder.make_room("box", "a/b")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s3://box/a/b.csv", ("box", "a/b.csv")),
        ("oss://box/a/", ("box", "a")),
        ("OSSREF://box/a", ("box", "a")),
    ],
)
def test_an_address_names_bucket_and_key(text: str, expected: tuple[str, str]) -> None:
    assert split_address(text) == expected


@pytest.mark.parametrize(
    "text", ["box/a", "file:///etc/passwd", "http://x/y", "s3://box", "s3:///a", "s3://box/../a"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        split_address(text)


def test_a_place_travels_in_the_environment() -> None:
    place = Place(url="http://127.0.0.1:1", key="k", secret="s", addressing="virtual")
    assert Place.of(place.environment()) == place


def test_no_store_is_guessed() -> None:
    with pytest.raises(StorageError):
        open_store(Place())
