"""The data a plan is made by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from colophon.domain.copydesk import CopyDesk
from colophon.domain.donts import DontRule
from colophon.domain.master import MasterLimits
from colophon.domain.placement import Placement
from colophon.domain.prompt_screen import PromptScreen


@dataclass(frozen=True, slots=True)
class Rules:
    """``desk`` None: nothing is laid on."""

    placements: Mapping[str, Placement]
    donts: Sequence[DontRule]
    limits: MasterLimits
    desk: CopyDesk | None = None
    screen: PromptScreen = field(default_factory=PromptScreen)
