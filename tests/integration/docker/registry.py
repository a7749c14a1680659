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

PIECE_BYTES = 64 * 1024

#: What registries call their refusals.
CODES = {401: "UNAUTHORIZED", 403: "DENIED", 404: "MANIFEST_UNKNOWN", 429: "TOOMANYREQUESTS"}

MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True, kw_only=True)
class _Content:
    digest: str
    data: bytes


def _content(data: bytes) -> _Content:
    return _Content(digest=f"sha256:{hashlib.sha256(data).hexdigest()}", data=data)


class Registry:
    """Serves one image under every name. ``failing`` is a status to answer manifests with instead.

    ``truncated`` ends the layer early, ``stalls`` never answers for a manifest, ``stalls_in_layer`` falls silent in the
    middle of the layer, and ``layer_pause_seconds`` makes each piece of it wait. ``wanted`` is the only value of the
    header ``Authorization`` that is let in.
    """

    def __init__(self, files: dict[str, tuple[int, bytes]]) -> None:
        self.failing: int | None = None
        self.truncated = False
        self.stalls = False
        self.stalls_in_layer = False
        self.layer_pause_seconds = 0.0
        self.wanted: str | None = None
        self._served_pieces = 0
        self._served = asyncio.Event()
        self.broken_off = asyncio.Event()
        """Set when the engine has gone away in the middle of the layer."""
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
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, 0)
        await site.start()
        self.address = f"{host}:{self._runner.addresses[0][1]}"

    async def until_served(self, pieces: int) -> None:
        """Wait until so many pieces of the layer have gone out."""
        async with asyncio.timeout(60):
            while self._served_pieces < pieces:
                self._served.clear()
                await self._served.wait()

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

    def _refusal(self, request: web.Request) -> web.Response | None:
        if self.wanted is None or request.headers.get("Authorization") == self.wanted:
            return None
        problem = {"code": "UNAUTHORIZED", "message": "authentication required"}
        headers = {"WWW-Authenticate": 'Basic realm="test"'}
        return web.json_response({"errors": [problem]}, status=401, headers=headers)

    async def _hello(self, request: web.Request) -> web.Response:
        return self._refusal(request) or web.json_response({})

    async def _serve_manifest(self, request: web.Request) -> web.Response:
        if refusal := self._refusal(request):
            return refusal
        self.requests["asked"] += 1
        self.requests["manifest"] += request.method == "GET"
        if self.stalls:
            await self._let_go.wait()
        if self.failing is not None:
            problem = {"code": CODES.get(self.failing, "UNKNOWN"), "message": f"this registry answers {self.failing}"}
            return web.json_response({"errors": [problem]}, status=self.failing)
        headers = {"Docker-Content-Digest": self._manifest.digest, "Content-Type": MANIFEST_TYPE}
        return web.Response(body=self._manifest.data, headers=headers)

    async def _serve_blob(self, request: web.Request) -> web.StreamResponse:
        [content] = [one for one in (self._config, self._layer) if one.digest == request.match_info["digest"]]
        self.requests["layer"] += content is self._layer
        if content is self._layer and (self.stalls_in_layer or self.layer_pause_seconds):
            return await self._serve_slowly(request, content.data)
        data = b"truncated" if self.truncated and content is self._layer else content.data
        return web.Response(body=data, content_type="application/octet-stream")

    async def _serve_slowly(self, request: web.Request, data: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(data))})
        await response.prepare(request)
        try:
            for begin in range(0, len(data), PIECE_BYTES):
                if self.stalls_in_layer and begin > len(data) // 2:
                    await self._let_go.wait()
                await response.write(data[begin : begin + PIECE_BYTES])
                self._served_pieces += 1
                self._served.set()
                await asyncio.sleep(self.layer_pause_seconds)
        except (ConnectionError, asyncio.CancelledError):
            self.broken_off.set()
            raise
        return response


def _layer(files: dict[str, tuple[int, bytes]]) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, (mode, data) in files.items():
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(data)
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()
