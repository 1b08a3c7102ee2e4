from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from apps.config.catalogues import compile_catalogues

PO = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"

msgid "Run"
msgstr "运行"

#, fuzzy
msgid "Kill"
msgstr "not sure"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO)
    return path


def test_a_catalogue_is_compiled_as_msgfmt_would(source: Path, tmp_path: Path) -> None:
    assert compile_catalogues([tmp_path]) == 1
    with source.with_suffix(".mo").open("rb") as compiled:
        words = gettext.GNUTranslations(compiled)
    assert words.gettext("Run") == "运行"
    assert words.gettext("Kill") == "Kill"
    assert {path.name for path in source.parent.iterdir()} == {"django.po", "django.mo"}


def test_only_what_changed_is_compiled_again(source: Path, tmp_path: Path) -> None:
    compile_catalogues([tmp_path])
    assert compile_catalogues([tmp_path]) == 0
    source.with_suffix(".mo").unlink()
    assert compile_catalogues([tmp_path]) == 1
