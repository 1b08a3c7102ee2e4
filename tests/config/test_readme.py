from __future__ import annotations

import re

from tests.installation import ROOT

README = ROOT / "README.md"
VARIABLE = re.compile(r"""["']((?:HEADRACE_[A-Z]+(?:_[A-Z]+)*|DATABASE_URL|REDIS_URL|PORT))["']""")
#: What jobs are given, not what we are set by.
OF_JOBS = {
    f"HEADRACE_{name}"
    for name in (
        "ATTEMPT",
        "NEBULA_PASSWORD",
        "NODE",
        "NOMINAL_TIME",
        "OUTPUTS",
        "PYTHONPATH",
        "RESUME",
        "RUN",
        "RUN_DIR",
        "SQL_PASSWORD",
    )
}


def test_the_readme_lists_every_variable():
    read = {name for source in (ROOT / "apps").rglob("*.py") for name in VARIABLE.findall(source.read_text())}
    assert {"DATABASE_URL", "HEADRACE_HOME", "PORT"} <= read
    text = README.read_text()
    assert not [name for name in sorted(read - OF_JOBS) if f"`{name}" not in text]
