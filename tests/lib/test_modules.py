from __future__ import annotations

import pytest
from django.template import Context, Template

from apps.lib.templatetags.modules import imported_by


def test_what_a_module_needs_is_fetched_with_it_and_each_file_once() -> None:
    names = imported_by("js/canvas/main.js")
    assert "js/canvas/model/doc.js" in names  # by main itself
    assert "js/canvas/model/route.js" in names  # by what main imports
    assert "js/canvas/layout/layered.js" not in names  # by a worker, which fetches it when it is started
    assert len(set(names)) == len(names)


def test_the_page_says_so_to_the_browser() -> None:
    html = Template('{% load modules %}{% module_preloads "js/canvas/main.js" %}').render(Context())
    assert '<link rel="modulepreload" href="/static/js/canvas/stage.js">' in html


def test_a_module_that_is_not_there_is_told() -> None:
    with pytest.raises(FileNotFoundError):
        imported_by("js/none.js")
