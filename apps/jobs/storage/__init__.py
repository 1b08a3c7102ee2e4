"""The one door to objects: what `oss://bucket/key` and its like mean, and how they are reached.

By default a bucket is a folder below HEADRACE_HOME/objects; with HEADRACE_OBJECTS_URL it is
a bucket of an S3-compatible store. A project has a store of its own besides (`res:///`), and
may name further ones, each with its endpoint and keys.

Jobs come through here in processes of their own, so nothing of Django is imported: where
something lies is described by a `Place`, which travels to them. Stores whose libraries take
time to load are loaded when one is opened.
"""

from __future__ import annotations

from apps.jobs.storage.addresses import (
    LONGEST_KEY,
    RESERVED,
    SCHEMES,
    Address,
    BadAddress,
    check_bucket,
    check_key,
    is_hidden,
    parse_address,
    split_address,
)
from apps.jobs.storage.contract import Found, Missing, Opened, Page, StorageError, Store
from apps.jobs.storage.folder import Folder
from apps.jobs.storage.places import Place, open_store

__all__ = (
    "LONGEST_KEY",
    "RESERVED",
    "SCHEMES",
    "Address",
    "BadAddress",
    "Folder",
    "Found",
    "Missing",
    "Opened",
    "Page",
    "Place",
    "StorageError",
    "Store",
    "check_bucket",
    "check_key",
    "is_hidden",
    "open_store",
    "parse_address",
    "split_address",
)
