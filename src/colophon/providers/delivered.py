"""The picture of a finished task, in every form vendors name it: an address, a data URI, or a list of either."""

import base64
import binascii
from dataclasses import replace

from colophon.domain.generation import Job, JobStatus
from colophon.errors import ProviderError
from colophon.providers.access import Access
from colophon.providers.answers import address, plain
from colophon.providers.http import download


def picture(access: Access, job: Job) -> bytes:
    """The bytes of a ready job. Raises `ProviderError` with reason ``expired`` when it has neither a picture nor an
    address, else as `colophon.providers.http.download`."""
    if job.content is not None:
        return job.content
    if job.delivery_url is None:
        raise ProviderError("the job has neither a picture nor its address", reason="expired")
    return download(access.downloads, job.delivery_url, hosts=access.delivery_hosts, base_url=access.base_url)


def with_picture(job: Job, output: object) -> Job:
    """The job as ready, with its picture; as failed when there is none. One order is one picture: of several the
    first is taken, and the job says so."""
    pictures = output if isinstance(output, list) else [output]
    first = pictures[0] if pictures else None
    content, url = data_content(first), address(first)
    if content is None and (url is None or url.startswith("data:")):
        message = plain(f"the task is done but has no picture. {job.message}")
        return replace(job, status=JobStatus.FAILED, reason="upstream_permanent", message=message)
    note = f"the vendor made {len(pictures)} pictures for one order; the first is used. " if len(pictures) > 1 else ""
    return replace(
        job,
        status=JobStatus.READY,
        content=content,
        delivery_url=url if content is None else None,
        message=plain(note + job.message),
    )


def data_content(value: object) -> bytes | None:
    """The bytes of a base64 data URI; None for anything else, also for an empty one."""
    if not isinstance(value, str) or not value.startswith("data:"):
        return None
    head, comma, data = value.partition(",")
    if not comma or len(head) > 200 or not head.endswith(";base64"):
        return None
    try:
        return base64.b64decode(data, validate=True) or None
    except (binascii.Error, ValueError):
        return None
