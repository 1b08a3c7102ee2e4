"""Stands for a cluster: answers as YARN's ResourceManager, its nodes and history, and as Kubernetes do.

What it answers has the shape of recorded answers of Hadoop 3 and Kubernetes 1.30.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

STAMP = 1764360000000


class Cluster(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        self.apps: dict[str, dict[str, Any]] = {}
        self.pods: dict[str, dict[str, Any]] = {}
        #: What is asked to end and does not.
        self.stubborn: set[str] = set()
        #: What the nodes have still, and what the history keeps: (container, log) -> text.
        self.node_logs: dict[tuple[str, str], str] = {}
        self.kept_logs: dict[tuple[str, str], str] = {}
        self.token = ""
        self.asked: list[tuple[str, str]] = []
        self.shown: list[str | None] = []
        #: Answer everything with this status instead.
        self.trouble = 0
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def endpoints(self) -> dict[str, str]:
        return {"yarn": self.url, "history": self.url}

    def start_app(self, number: int, tag: str = "", **fields: Any) -> str:
        """An application that runs. Its id."""
        id = f"application_{STAMP}_{number:04d}"
        self.apps[id] = {
            "id": id,
            "user": "hadoop",
            "name": "word count",
            "queue": "default",
            "state": "RUNNING",
            "finalStatus": "UNDEFINED",
            "progress": 12.5,
            "trackingUrl": f"{self.url}/proxy/{id}/",
            "diagnostics": "",
            "applicationType": "SPARK",
            "applicationTags": tag,
            **fields,
        }
        return id

    def finish_app(self, id: str, final: str = "SUCCEEDED") -> None:
        self.apps[id] |= {"state": "FINISHED", "finalStatus": final, "progress": 100.0}

    def start_pod(self, name: str, tag: str = "", phase: str = "Running") -> None:
        self.pods[name] = {
            "metadata": {"name": name, "labels": {"headrace-attempt": tag, "spark-role": "driver"}},
            "spec": {"nodeName": "node-1"},
            "status": {
                "phase": phase,
                "containerStatuses": [{"name": "spark-kubernetes-driver", "state": {"running": {}}}],
            },
        }

    # --- what is asked

    def app(self, id: str) -> Any:
        return {"app": self.apps[id]} if id in self.apps else None

    def list_apps(self, query: dict[str, list[str]]) -> Any:
        wanted = set(query["applicationTags"][0].split(","))
        found = [app for app in self.apps.values() if wanted & set(app["applicationTags"].split(","))]
        return {"apps": {"app": found} if found else None}

    def kill_app(self, id: str) -> Any:
        if id not in self.apps:
            return None
        if id not in self.stubborn:
            self.apps[id] |= {"state": "KILLED", "finalStatus": "KILLED"}
        return {"state": self.apps[id]["state"]}

    def tries(self, id: str) -> Any:
        if id not in self.apps:
            return None
        number = id.partition("_")[2]
        master = {
            "id": 1,
            "startTime": STAMP,
            "containerId": f"container_{number}_01_000001",
            "nodeHttpAddress": f"127.0.0.1:{self.server_port}",
            "nodeId": "node-1:45454",
            "appAttemptId": f"appattempt_{number}_000001",
        }
        return {"appAttempts": {"appAttempt": [master]}}

    def containers(self, id: str) -> Any:
        if self.apps[id]["state"] != "RUNNING":
            return {}
        number = id.partition("_")[2]
        row = {"containerState": "RUNNING", "nodeHttpAddress": self.url}
        ids = ((1, "node-1:45454"), (2, "node-2:45454"))
        rows = [row | {"containerId": f"container_{number}_01_{n:06d}", "nodeId": node} for n, node in ids]
        return {"container": rows}

    def list_pods(self, query: dict[str, list[str]]) -> Any:
        selected = re.fullmatch(r"headrace-attempt in \((.*)\)", query["labelSelector"][0])
        wanted = set(selected[1].split(",")) if selected else set()
        found = [pod for pod in self.pods.values() if pod["metadata"]["labels"]["headrace-attempt"] in wanted]
        return {"kind": "PodList", "items": found}

    def delete_pod(self, name: str) -> Any:
        pod = self.pods.get(name)
        if pod and name in self.stubborn:
            pod["metadata"]["deletionTimestamp"] = "2026-11-28T20:00:00Z"
        elif pod:
            del self.pods[name]
        return pod


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    with Cluster() as cluster:
        threading.Thread(target=cluster.serve_forever, args=(0.02,), daemon=True).start()
        yield cluster
        cluster.shutdown()


Answer = Callable[..., Any]


class _Handler(BaseHTTPRequestHandler):
    server: Cluster

    def do_GET(self) -> None:
        cluster = self.server
        self._answer(
            (r"/ws/v1/cluster/apps", lambda: cluster.list_apps(self.query)),
            (r"/ws/v1/cluster/apps/([^/]+)", cluster.app),
            (r"/ws/v1/cluster/apps/([^/]+)/appattempts", cluster.tries),
            (r"/ws/v1/cluster/apps/([^/]+)/appattempts/[^/]+/containers", cluster.containers),
            (
                r"/ws/v1/node/containers/([^/]+)/logs/([^/]+)",
                lambda *key: _framed(cluster.node_logs.get(key), key),
            ),
            (r"/ws/v1/history/containerlogs/([^/]+)/([^/]+)", lambda *key: cluster.kept_logs.get(key)),
            (r"/api/v1/namespaces/jobs/pods", lambda: cluster.list_pods(self.query)),
            (r"/api/v1/namespaces/jobs/pods/([^/]+)", cluster.pods.get),
            (
                r"/api/v1/namespaces/jobs/pods/([^/]+)/log",
                lambda name: cluster.node_logs.get((name, "stdout")),
            ),
        )

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer((r"/ws/v1/cluster/apps/([^/]+)/state", self.server.kill_app))

    def do_DELETE(self) -> None:
        self._answer((r"/api/v1/namespaces/jobs/pods/([^/]+)", self.server.delete_pod))

    def _answer(self, *routes: tuple[str, Answer]) -> None:
        path, self.query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self.server.asked.append((self.command, self.path))
        self.server.shown.append(self.headers["Authorization"])
        if self.server.token and self.headers["Authorization"] != f"Bearer {self.server.token}":
            return self._send(401, {"message": "Unauthorized"})
        if self.server.trouble:
            return self._send(self.server.trouble, {"message": "out of order"})
        for pattern, answer in routes:
            if found := re.fullmatch(pattern, path):
                said = answer(*found.groups())
                return self._send(200 if said is not None else 404, said if said is not None else {})
        return self._send(404, {})

    def _send(self, status: int, said: Any) -> None:
        data = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _framed(text: str | None, key: tuple[str, ...]) -> str | None:
    """A log as a node hands it out."""
    if text is None:
        return None
    head = f"Container: {key[0]} on node-1:45454\nLogAggregationType: LOCAL\n{'=' * 40}\nLogType:{key[1]}\n"
    return f"{head}LogLength:{len(text)}\nLogContents:\n{text}\nEnd of LogType:{key[1]}.\n\n"
