"""What judges pictures and prompts, and what words are laid on with."""

from collections.abc import Iterator

from PIL import features

from colophon.bootstrap.doctor.row import Row
from colophon.bootstrap.runtime import Runtime


def checks(rt: Runtime) -> Iterator[Row]:
    engine = rt.safety_engine
    if engine is None:
        hint = "install the extra colophon[safety] (its engine NudeNet is under AGPL-3.0)"
        yield Row("note", "checks", "no image safety engine: every picture waits for a person", hint)
    else:
        yield Row("ok", "checks", f"image safety by {engine.name} {engine.version}, in a process of its own")
    reader = rt.word_reader
    if reader is None:
        missing = "no reader of words: pictures whose briefs ask about words wait for a person"
        yield Row("note", "checks", missing, "install the extra colophon[ocr]")
    else:
        yield Row("ok", "checks", f"words read by {reader.name} {reader.version}, in a process of its own")


def decisions(rt: Runtime) -> Iterator[Row]:
    policy = rt.decision_policy.ref
    yield Row(
        "ok", "decisions", f"policy {policy.name} {policy.version} ({policy.sha256[:12]}) judges what checks find"
    )


def lettering(rt: Runtime) -> Iterator[Row]:
    if features.check_feature("raqm"):
        yield Row("ok", "lettering", f"Raqm {features.version_feature('raqm')} shapes what is laid on pictures")
    else:
        hint = "install Pillow from its wheel, which has Raqm, HarfBuzz and FriBidi in it"
        yield Row("problem", "lettering", "Pillow was built without Raqm: no words are laid on pictures", hint)


def prompts(rt: Runtime) -> Iterator[Row]:
    names = ", ".join(f"{each.name} {each.version}" for each in rt.prompt_lists)
    for profile in rt.check_profiles:
        rt.prompt_screen(profile)  # a list or category that is not there is told by what this raises
    yield Row("ok", "prompts", f"screened by {names}")


def moderation(rt: Runtime) -> Iterator[Row]:
    service = rt.moderation
    if service is None:
        yield Row("ok", "moderation", "no outside service: pictures stay in the house")
        return
    hint = "every picture is sent there, also unpublished ones; unset COLOPHON_MODERATION__SERVICE to stop that"
    yield Row("note", "moderation", f"pictures are shown to {service.name} ({rt.settings.moderation.base_url})", hint)


PARTS = (checks, decisions, lettering, prompts, moderation)
