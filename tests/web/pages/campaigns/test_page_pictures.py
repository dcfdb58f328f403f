"""Pictures on pages: small copies, files, and what browsers may keep of them."""

from io import BytesIO

from PIL import Image

from colophon.domain.account import Role
from tests.services.conftest import World
from tests.web.pages.campaigns.conftest import Visits


def test_small_copies_are_no_larger_than_asked_and_kept_by_their_digest(ground: World, visits: Visits) -> None:
    [asset] = ground.rt.catalog.assets.of_campaign("spring")
    client = visits.by(Role.VIEWER)
    address = f"/pictures/{asset.id}"
    for size, side in (("thumbnail", 384), ("preview", 1440)):
        answer = client.get(f"{address}/{size}", params={"v": asset.sha256[:16]})
        picture = Image.open(BytesIO(answer.content))
        assert (answer.headers["content-type"], picture.format) == ("image/webp", "WEBP")
        assert max(picture.size) == min(side, max(asset.facts.width, asset.facts.height))
        assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        known = {"if-none-match": answer.headers["etag"]}
        assert client.get(f"{address}/{size}", headers=known).status_code == 304
        assert ground.rt.miniatures.kept(asset.sha256, size) == answer.content  # type: ignore[arg-type]
    original = client.get(f"{address}/original", params={"v": "other"})
    assert original.content == ground.rt.store.get(asset.sha256)
    assert original.headers["content-type"] == asset.facts.format.media_type
    assert original.headers["cache-control"] == "private, no-cache"
    assert client.get(f"{address}/huge").status_code == 422


def test_files_are_shown_and_a_small_one_is_not_scaled_up(ground: World, visits: Visits) -> None:
    [asset] = ground.rt.catalog.assets.of_campaign("spring")
    file = ground.rt.catalog.assets.renditions(asset.id)[0]
    client = visits.by(Role.VIEWER)
    whole = client.get(f"/renditions/{file.id}/picture", params={"v": file.sha256[:16]})
    assert (whole.content, whole.headers["content-type"]) == (ground.rt.store.get(file.sha256), file.format.media_type)
    small = client.get(f"/renditions/{file.id}/picture", params={"size": "thumbnail"})
    assert Image.open(BytesIO(small.content)).size == (file.width, file.height)


def test_pictures_of_other_brands_are_as_if_they_were_not_there(ground: World, visits: Visits) -> None:
    [asset] = ground.rt.catalog.assets.of_campaign("spring")
    file = ground.rt.catalog.assets.renditions(asset.id)[0]
    stranger = visits.by(Role.VIEWER, brand="Other")
    for address in (f"/pictures/{asset.id}/thumbnail", f"/renditions/{file.id}/picture"):
        assert stranger.get(address).status_code == 404
    assert visits.by(Role.VIEWER, brand="Northwind").get(f"/pictures/{asset.id}/thumbnail").status_code == 200
