"""A container registry as small as the protocol allows, which can fail in every way that registries do."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import tarfile
from collections import Counter
from dataclasses import dataclass

from aiohttp import web

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True, kw_only=True)
class _Content:
    digest: str
    data: bytes


def _content(data: bytes) -> _Content:
    return _Content(digest=f"sha256:{hashlib.sha256(data).hexdigest()}", data=data)


class Registry:
    """Serves one image under every name. ``failing`` is a status to answer manifests with instead."""

    def __init__(self, files: dict[str, tuple[int, bytes]]) -> None:
        self.failing: int | None = None
        self.truncated = False
        self.stalls = False
        self.requests: Counter[str] = Counter()
        self._let_go = asyncio.Event()
        layer = _layer(files)
        self._layer = _content(gzip.compress(layer, mtime=0))
        config = {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [_content(layer).digest]},
        }
        self._config = _content(json.dumps(config).encode())
        self._manifest = _content(json.dumps(self._manifest_fields()).encode())
        self._runner: web.AppRunner | None = None
        self.address = ""

    async def start(self, host: str = "127.0.0.1") -> None:
        application = web.Application()
        application.router.add_get("/v2/", self._hello)
        application.router.add_get("/v2/{name:.+}/manifests/{version}", self._serve_manifest)
        application.router.add_get("/v2/{name:.+}/blobs/{digest}", self._serve_blob)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, 0)
        await site.start()
        self.address = f"{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._let_go.set()
        assert self._runner is not None
        await self._runner.cleanup()

    def _manifest_fields(self) -> dict[str, object]:
        def entry(kind: str, content: _Content) -> dict[str, object]:
            return {"mediaType": kind, "size": len(content.data), "digest": content.digest}

        return {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": entry("application/vnd.docker.container.image.v1+json", self._config),
            "layers": [entry("application/vnd.docker.image.rootfs.diff.tar.gzip", self._layer)],
        }

    async def _hello(self, _: web.Request) -> web.Response:
        return web.json_response({})

    async def _serve_manifest(self, request: web.Request) -> web.Response:
        self.requests["manifest"] += request.method == "GET"
        if self.stalls:
            await self._let_go.wait()
        if self.failing is not None:
            problem = {"code": "DENIED", "message": f"this registry answers {self.failing}"}
            return web.json_response({"errors": [problem]}, status=self.failing)
        headers = {"Docker-Content-Digest": self._manifest.digest, "Content-Type": MANIFEST_TYPE}
        return web.Response(body=self._manifest.data, headers=headers)

    async def _serve_blob(self, request: web.Request) -> web.Response:
        [content] = [one for one in (self._config, self._layer) if one.digest == request.match_info["digest"]]
        self.requests["layer"] += content is self._layer
        data = b"truncated" if self.truncated and content is self._layer else content.data
        return web.Response(body=data, content_type="application/octet-stream")


def _layer(files: dict[str, tuple[int, bytes]]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, (mode, data) in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(data)
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()
