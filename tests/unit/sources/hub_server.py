"""A small server that speaks what a listing and a download of the Hugging Face hub need."""

import hashlib
import json
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

_DATASET = re.compile(r"/(?:api/)?datasets/([^/]+/[^/]+)(.*)")
COMMIT = "c" * 40


class HubServer:
    """Serves datasets by name; `status` makes it refuse a dataset. A context."""

    def __init__(self, datasets: dict[str, dict[str, bytes]]) -> None:
        self.datasets = datasets
        self.status: dict[str, tuple[int, str]] = {}  # by dataset: HTTP status and the hub's X-Error-Code
        self.ranges: list[str] = []
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._serve(re.findall(r"[\w./-]+\.\w+", body))

    def _serve(self, paths: list[str] | None = None) -> None:
        found = _DATASET.fullmatch(self.path.partition("?")[0])
        if found is None or found[1] not in self.hub.datasets:
            self._answer(HTTPStatus.NOT_FOUND, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"})
            return
        name, rest = found[1], found[2]
        if name in self.hub.status:
            status, code = self.hub.status[name]
            self._answer(status, b'{"error": "refused"}', {"X-Error-Code": code})
            return
        files = self.hub.datasets[name]
        revision = re.search(r"/(?:revision|tree|resolve|paths-info)/([^/]+)", rest)
        if revision and revision[1] not in ("main", COMMIT):
            self._answer(HTTPStatus.NOT_FOUND, b"{}", {"X-Error-Code": "RevisionNotFound"})
        elif "/tree/" in rest:
            self._answer_json(_tree(files, rest.partition(revision[1] if revision else "")[2].strip("/"), self.path))
        elif "/paths-info/" in rest:
            self._answer_json([_entry(path, files[path]) for path in paths or [] if path in files])
        elif "/resolve/" in rest:
            self._answer_file(files.get(re.sub(r"/resolve/[^/]+/", "", rest)))
        else:
            self._answer_json({"id": name, "sha": COMMIT, "siblings": [], "private": False, "tags": [], "downloads": 0})

    def _answer_file(self, data: bytes | None) -> None:
        if data is None:
            self._answer(HTTPStatus.NOT_FOUND, b"{}", {"X-Error-Code": "EntryNotFound"})
            return
        headers = {"ETag": f'"{_blob(data)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        if wanted is None:
            self._answer(HTTPStatus.OK, data, headers)
            return
        self.hub.ranges.append(wanted[0])
        start, stop = int(wanted[1]), min(len(data), int(wanted[2] or len(data)) + 1)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
        self._answer(HTTPStatus.PARTIAL_CONTENT, data[start:stop], headers)

    def _answer_json(self, value: object) -> None:
        self._answer(HTTPStatus.OK, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, text in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(key, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _blob(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _entry(path: str, data: bytes) -> dict[str, object]:
    return {"type": "file", "oid": _blob(data), "size": len(data), "path": path}


def _tree(files: dict[str, bytes], folder: str, url: str) -> list[dict[str, object]]:
    below = {path: data for path, data in files.items() if not folder or path.startswith(f"{folder}/")}
    inner = {path: path.removeprefix(folder).strip("/") for path in below}
    folders = {path[: len(path) - len(name)] + name.partition("/")[0] for path, name in inner.items() if "/" in name}
    deep = "recursive=true" in url.lower()
    found = [_entry(path, data) for path, data in below.items() if deep or "/" not in inner[path]]
    return [*found, *({"type": "directory", "oid": "0" * 40, "size": 0, "path": path} for path in sorted(folders))]
