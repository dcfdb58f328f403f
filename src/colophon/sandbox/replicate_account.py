"""The rest of the Replicate dialect: the account, its files, the models it may run, the secret of its webhooks."""

import hashlib
import json
from typing import Any

from fastapi import APIRouter, Request, Response

from colophon.sandbox.desk import Desk
from colophon.sandbox.hook_signing import replicate_secret
from colophon.sandbox.incoming import Authorization, RawBody, key_of, root_of
from colophon.sandbox.predictions import OWNER, Problem
from colophon.sandbox.prices import MODELS
from colophon.sandbox.replicate_inputs import openapi_schema
from colophon.sandbox.sync_multipart import form
from colophon.sandbox.sync_refusals import Refusal
from colophon.sandbox.uploads import Upload

MAX_FILE = 100 * 1024 * 1024
_RELEASED = "2025-11-25T00:00:00.000000Z"
_NO_TOKEN = "You did not pass a valid authentication token"  # noqa: S105 - a message
_MISSING = "The requested resource could not be found."


def version_id(model: str) -> str:
    """64 hexadecimal digits, the same in every sandbox."""
    return hashlib.sha256(f"{OWNER}/{model}".encode()).hexdigest()


def replicate_account_router(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/account")
    def get_account(authorization: Authorization = None) -> Response:
        return _told(authorization, {"type": "organization", "username": "sandbox", "name": "Colophon Sandbox"})

    @router.get("/webhooks/default/secret")
    def secret(authorization: Authorization = None) -> Response:
        return _told(authorization, {"key": replicate_secret(desk.folder)})

    @router.get("/models/{owner}/{name}")
    def model(owner: str, name: str, authorization: Authorization = None) -> Response:
        if owner != OWNER or name not in MODELS:
            return Problem(404, _MISSING).answer
        return _told(authorization, _model(name))

    @router.get("/models/{owner}/{name}/versions/{version}")
    def model_version(owner: str, name: str, version: str, authorization: Authorization = None) -> Response:
        if owner != OWNER or name not in MODELS or version != version_id(name):
            return Problem(404, _MISSING).answer
        return _told(authorization, _version(name))

    @router.post("/files")
    def create_file(request: Request, body: RawBody, authorization: Authorization = None) -> Response:
        if key_of("Bearer", authorization) is None:
            return Problem(401, _NO_TOKEN).answer
        try:
            upload = _kept(desk, request.headers.get("content-type", ""), body)
        except Problem as problem:
            return problem.answer
        return _json(_file(upload, root_of(request)), 201)

    @router.get("/files")
    def list_files(request: Request, authorization: Authorization = None) -> Response:
        found = [_file(upload, root_of(request)) for upload in desk.uploads.all()]
        return _told(authorization, {"previous": None, "next": None, "results": found})

    @router.get("/files/{upload_id}")
    def get_file(upload_id: str, request: Request, authorization: Authorization = None) -> Response:
        upload = desk.uploads.find(upload_id)
        return _told(authorization, _file(upload, root_of(request))) if upload else Problem(404, _MISSING).answer

    @router.get("/files/{upload_id}/download")
    def download(upload_id: str, authorization: Authorization = None) -> Response:
        upload = desk.uploads.find(upload_id)
        if upload is None or key_of("Bearer", authorization) is None:
            return Problem(404 if upload is None else 401, _MISSING if upload is None else _NO_TOKEN).answer
        return Response(desk.uploads.content(upload), media_type=upload.content_type)

    @router.delete("/files/{upload_id}")
    def delete(upload_id: str, authorization: Authorization = None) -> Response:
        upload = desk.uploads.find(upload_id)
        if upload is None or key_of("Bearer", authorization) is None:
            return Problem(404 if upload is None else 401, _MISSING if upload is None else _NO_TOKEN).answer
        desk.uploads.remove(upload)
        return Response(status_code=204)

    return router


def _kept(desk: Desk, content_type: str, body: bytes) -> Upload:
    """The file of a form. Raises `Problem`."""
    try:
        parts = {part.name: part for part in form(content_type, body)}
    except Refusal as refusal:
        raise Problem(400, refusal.message) from None
    file = parts.get("content")
    if file is None:
        raise Problem(400, "Missing content")
    if len(file.content) > MAX_FILE:
        raise Problem(413, "The file is larger than 100 MB")
    try:
        metadata = json.loads(parts["metadata"].content) if "metadata" in parts else {}
    except (ValueError, RecursionError):
        raise Problem(400, "metadata is not JSON") from None
    if not isinstance(metadata, dict):
        raise Problem(400, "metadata is not a JSON object")
    return desk.uploads.keep(file.content, file.filename or "file", _type(file.content), metadata)


def _type(content: bytes) -> str:
    """By content: what the form says of it is not believed."""
    if content.startswith(b"\x89PNG"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else "application/octet-stream"


def _file(upload: Upload, root: str) -> dict[str, Any]:
    return {
        "id": upload.id,
        "name": upload.name,
        "content_type": upload.content_type,
        "size": upload.size,
        "etag": upload.sha256[:32],
        "checksums": {"sha256": upload.sha256},
        "metadata": upload.metadata,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
        "urls": {"get": f"{root}/replicate/v1/files/{upload.id}"},
    }


def _model(name: str) -> dict[str, Any]:
    return {
        "url": f"https://replicate.com/{OWNER}/{name}",
        "owner": OWNER,
        "name": name,
        "description": "Drawn by the sandbox",
        "visibility": "public",
        "is_official": True,
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": 0,
        "cover_image_url": None,
        "default_example": None,
        "latest_version": _version(name),
    }


def _version(name: str) -> dict[str, Any]:
    return {
        "id": version_id(name),
        "created_at": _RELEASED,
        "cog_version": "0.16.0",
        "openapi_schema": openapi_schema(),
    }


def _told(authorization: str | None, body: object) -> Response:
    return _json(body) if key_of("Bearer", authorization) else Problem(401, _NO_TOKEN).answer


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")
