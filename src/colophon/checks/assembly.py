"""All checks of a profile, in the order their findings are shown."""

from collections.abc import Collection

from colophon.checks.duplicate import DuplicateCheck
from colophon.checks.logo import LogoCheck
from colophon.checks.moderation import ModerationCheck
from colophon.checks.palette import PaletteCheck
from colophon.checks.people import PeopleCheck
from colophon.checks.profiles import CheckProfile
from colophon.checks.prompt import PromptCheck
from colophon.checks.provenance import ProvenanceCheck
from colophon.checks.safety import SafetyCheck
from colophon.checks.space import SpaceCheck
from colophon.checks.technical import PictureCheck
from colophon.checks.words import WordsCheck
from colophon.domain.prompt_screen import PromptScreen
from colophon.domain.trust import ProviderOutput
from colophon.ports import Check, LogoFinder, ModerationService, Neighbours, SafetyEngine, WordReader

_ALL = (
    PictureCheck,
    ProvenanceCheck,
    SafetyCheck,
    DuplicateCheck,
    PaletteCheck,
    WordsCheck,
    PromptCheck,
    PeopleCheck,
    SpaceCheck,
    LogoCheck,
    ModerationCheck,
)
CHECK_NAMES = tuple(check.name for check in _ALL)
"""Every check there is; a decision policy may speak of these."""


def assemble_checks(
    profile: CheckProfile,
    *,
    neighbours: Neighbours,
    engine: SafetyEngine | None,
    reader: WordReader | None = None,
    logos: LogoFinder | None = None,
    screen: PromptScreen | None = None,
    moderation: ModerationService | None = None,
    answers: ProviderOutput | None = None,
    vendor_anchors: Collection[str] = (),
) -> tuple[Check, ...]:
    """Every check, also one that lacks its ``engine``, ``reader`` or ``logos``: what could not be looked for is on
    record. The one by an outside service is there only where a service is set up, or the profile requires one.

    ``answers`` are the trust policy's verdicts for bought pictures; None: the profile's hold for all.
    ``vendor_anchors`` are the policy's entries for vendors, under which alone a bought picture can pass as trusted."""
    return (
        PictureCheck(profile.picture),
        ProvenanceCheck(profile.provenance, answers, vendor_anchors),
        SafetyCheck(profile.safety, engine),
        DuplicateCheck(profile.duplicate, neighbours),
        PaletteCheck(profile.palette),
        WordsCheck(profile.words, reader),
        PromptCheck(screen or PromptScreen()),
        PeopleCheck(profile.people, engine),
        SpaceCheck(profile.space),
        LogoCheck(profile.logo, logos),
        *([ModerationCheck(profile.moderation, moderation)] if moderation or profile.moderation.required else []),
    )
