"""Kinds that are stored, drawn and given back, but have no runner yet."""

from __future__ import annotations

from apps.jobs.kinds.contract import Kind

_ROWS = (
    # name, label, family, icon, editor mode, shape, program
    ("HIVE", "Hive", "sql", "database", "sh", "hiveJobNode", "hive"),
    ("HIVE_SQL", "Hive SQL", "sql", "database", "sql", "hiveSQLJobNode", "hive"),
    ("SPARK", "Spark", "spark", "zap", "sh", "sparkJobNode", "spark-submit"),
    ("SPARK_SQL", "Spark SQL", "spark", "zap", "sql", "sparkSQLJobNode", "spark-sql"),
    ("SPARK_SHELL", "Spark Shell", "spark", "zap", "scala", "sparkShellJobNode", "spark-shell"),
    ("SPARK_STREAMING", "Spark Streaming", "spark", "zap", "sh", "sparkStreamingJobNode", "spark-submit"),
    ("MR", "MapReduce", "data", "boxes", "sh", "mrJobNode", "hadoop"),
    ("PIG", "Pig", "data", "boxes", "sh", "pigJobNode", "pig"),
    ("SQOOP", "Sqoop", "data", "arrow-left-right", "sh", "sqoopJobNode", "sqoop"),
    ("FLINK", "Flink", "spark", "waves-horizontal", "sh", "flinkJobNode", "flink"),
    ("PRESTO_SQL", "Presto SQL", "sql", "database", "sql", "prestoSQLJobNode", "presto"),
    ("IMPALA_SQL", "Impala SQL", "sql", "database", "sql", "impalaSQLJobNode", "impala-shell"),
    (
        "STREAMING_SQL",
        "Streaming SQL",
        "sql",
        "waves-horizontal",
        "sql",
        "streamingSQLJobNode",
        "streaming-sql",
    ),
    ("TRINO_SQL", "Trino SQL", "sql", "database", "sql", "trinoSQLJobNode", "trino"),
    ("KYUUBI", "Kyuubi", "sql", "database", "sql", "kyuubiJobNode", "beeline"),
)

KNOWN = tuple(Kind(*row) for row in _ROWS)
