"""The one place that says whether a file may be public at all; when and where is the window's (`domain.rights`)."""

from colophon.domain.asset import Asset, AssetState, Rendition


def may_be_public(rendition: Rendition, asset: Asset) -> bool:
    """Asked before a file is put out, once more after it is on record, and for all that is public by each publish:
    what is refused then is taken down."""
    return rendition.asset == asset.id and asset.state is AssetState.APPROVED
