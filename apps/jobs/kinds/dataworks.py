"""The commands of DataWorks' nodes.

DIDE_SHELL is a shell script that gets its parameters as arguments, VIRTUAL runs nothing, and
many are kinds of ours by another name (`dataworks_same`).
The others are known by name, so that they are stored, drawn and given back as what they
are. What has a command of its own that is none of them is a DATAWORKS_NODE.
"""

from __future__ import annotations

import json
from dataclasses import replace

from apps.engine.control_reading import READERS
from apps.jobs.kinds.assignment import ASSIGNMENT
from apps.jobs.kinds.contract import Command, JobError, Kind, Work
from apps.jobs.kinds.control import no_host
from apps.jobs.kinds.dataworks_same import SAME
from apps.jobs.kinds.shell import SHELL

_ROWS: dict[tuple[str, str, str], str] = {
    ("control", "git-branch", "json"): (
        "CHECK COMBINED_NODE OSS_INSPECT CHECK_NODE WORKFLOW VIRTUAL_WORKFLOW CROSS_TENANTS"
        " CONTROLLER_BRANCH CONTROLLER_JOIN CONTROLLER_CYCLE CONTROLLER_CYCLE_START"
        " CONTROLLER_CYCLE_END CONTROLLER_TRAVERSE CONTROLLER_TRAVERSE_START CONTROLLER_TRAVERSE_END"
        " CONTROLLER_WAIT SCHEDULER_TRIGGER PARAM_HUB SUB_PROCESS FTP_CHECK DATA_PUSH DATA_QUALITY_MONITOR"
    ),
    ("shell", "terminal", "sh"): "SSH EXTREME_STORAGE YSF_DESEN ODPS_PERL PAI_DLC",
    ("sql", "database", "sql"): (
        "ODPS_SQL ODPS_DDL ODPS_SCRIPT LIGHTNING_SQL COMPONENT_SQL SQL_COMPONENT EMR_TABLE EMR_FUNCTION"
        " CDH_TABLE CDH_FUNCTION ODPS_SPARK_SQL ODPS_TABLE ODPS_FUNCTION HOLOGRES_SYNC_DATA_TO_MC"
        " HOLOGRES_DEVELOP HOLOGRES_SYNC HOLOGRES_SYNC_DDL HOLOGRES_SYNC_DATA CLICK_SQL SQLSERVER ORACLE"
        " REDSHIFT SAPHANA VERTICA DB2 ADB_SPARK_SQL BLINK_SQL FLINK_SQL_BATCH FLINK_SQL_STREAM"
        " BLINK_BATCH_SQL"
    ),
    ("spark", "zap", "sh"): (
        "EMR_JAR EMR_FILE CDH_JAR CDH_FILE ODPS_MR ODPS_JAR ODPS_ARCHIVE ODPS_FILE ODPS_SHARK ODPS_SPARK"
        " ADB_SPARK BLINK_DATASTREAM DATASERVICE_STUDIO"
    ),
    ("python", "code", "python"): (
        "PYODPS PYODPS3 ODPS_PYTHON ODPS_XLIB XLAB ALINK PAI RECOMMEND_PLUS PAI_STUDIO PAI_FLOW"
    ),
    ("data", "arrow-left-right", "json"): "DATAX DATAX2 DT CDP DI TT_MERGE DD_MERGE RI CUSTOM",
}
#: Other labels under which a command is written.
_ALIASES = {
    "ODPS_PL": "ODPS_PERL",
    "ODPS_SQL_SCRIPT": "ODPS_SCRIPT",
    "PY_ODPS": "PYODPS",
    "BLINK_STREAM_SQL": "BLINK_SQL",
    "SQL SERVER": "SQLSERVER",
    "ADB FOR POSTGRESQL": "ADB_FOR_POSTGRESQL",
    "ADB FOR MYSQL": "ADB_FOR_MYSQL",
    "ADB SPARK": "ADB_SPARK",
    "ADB SPARK SQL": "ADB_SPARK_SQL",
}


def refuse(work: Work) -> Command:
    """A command of somebody's own: all that is known of it is its name."""
    name = json.loads(work.settings.get("run_conf") or "{}").get("command", "")
    raise JobError(
        f"{name} nodes cannot be run here: there is no runner for this command"
        if name
        else "this node names no command (script.runtime.command), so there is nothing to run"
    )


DIDE_SHELL = replace(SHELL, name="DIDE_SHELL", label="DataWorks Shell", offered=False, arguments="values")
VIRTUAL = Kind("VIRTUAL", "Virtual", "control", "circle-dot", "sh", "virtualJobNode", offered=False)
ANY = Kind(
    "DATAWORKS_NODE", "DataWorks node", "data", "box", "sh", "dataworksJobNode", command=refuse, offered=False
)

DATAWORKS = (
    DIDE_SHELL,
    VIRTUAL,
    ANY,
    *SAME,
    *(
        Kind(
            name,
            name,
            family,
            icon,
            mode,
            f"{family}JobNode",
            command=no_host if name in READERS else None,
            offered=False,
        )
        for (family, icon, mode), names in _ROWS.items()
        for name in names.split()
    ),
    ASSIGNMENT,
)
_OWN = {kind.name: kind for kind in DATAWORKS}


def kind_of_command(command: str) -> str:
    """The kind that runs, or at least stands for, a node's command.

    >>> kind_of_command("dide_shell"), kind_of_command("PY_ODPS"), kind_of_command("bash")
    ('DIDE_SHELL', 'PYODPS', 'DATAWORKS_NODE')
    """
    name = command.strip().upper()
    name = _ALIASES.get(name, name)
    return name if name in _OWN or name in ("SHELL", "PYTHON") else ANY.name
