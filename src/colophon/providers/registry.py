"""The adapter of each wire contract, by the name routes give it."""

from collections.abc import Callable, Mapping

from colophon.domain.route import Adapter
from colophon.ports import Provider
from colophon.providers.access import Access
from colophon.providers.aimlapi import AimlapiProvider
from colophon.providers.azure import AzureProvider
from colophon.providers.bfl import BflProvider
from colophon.providers.callmissed import CallMissedProvider
from colophon.providers.cometapi import CometApiProvider
from colophon.providers.fal import FalProvider
from colophon.providers.fireworks import FireworksProvider
from colophon.providers.lumenfall import LumenfallProvider
from colophon.providers.openai_images import OpenAIImagesProvider
from colophon.providers.replicate import ReplicateProvider
from colophon.providers.together import TogetherProvider

ADAPTERS: Mapping[Adapter, Callable[[Access], Provider]] = {
    "bfl": BflProvider,
    "replicate": ReplicateProvider,
    "fal": FalProvider,
    "lumenfall": LumenfallProvider,
    "openai-images": OpenAIImagesProvider,
    "azure": AzureProvider,
    "together": TogetherProvider,
    "fireworks": FireworksProvider,
    "cometapi": CometApiProvider,
    "aimlapi": AimlapiProvider,
    "callmissed": CallMissedProvider,
}
