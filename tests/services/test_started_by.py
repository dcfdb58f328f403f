"""Who started a run: as it was set, else the system's user, and on record without the name being in the log."""

import getpass
from typing import TYPE_CHECKING

from colophon.bootstrap.starting import note_run, this_actor
from colophon.domain.dossier import StartedBy
from colophon.settings import Settings

if TYPE_CHECKING:
    from tests.services.conftest import World


def test_a_name_that_was_set_is_taken_and_else_the_systems(world: "World") -> None:
    assert this_actor(Settings(home=world.settings.home, actor="Ada")) == StartedBy("Ada", "setting")
    assert this_actor(world.settings) == StartedBy(getpass.getuser(), "system user")


def test_the_start_of_a_run_is_an_event_that_shows_no_name(world: "World") -> None:
    world.register()
    note_run(world.rt, "spring", StartedBy("Ada Lovelace", "setting"))
    catalog = world.rt.catalog
    event = catalog.events.event(catalog.events.size())
    assert (event.draft.kind, event.draft.about, event.draft.subject) == ("run", "log", "spring")
    assert "Ada" not in repr(event)
    [run] = catalog.dossiers.runs("spring")
    assert (run.number, run.by) == (event.sequence, StartedBy("Ada Lovelace", "setting"))
    assert run.revision == catalog.orders.campaign("spring").revision
