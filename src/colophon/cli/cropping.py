"""Commands about crops: assets focus, assets crops."""

from pathlib import Path
from typing import Annotated

import typer

from colophon.cli.output import Json, View, errors_shown, show, table
from colophon.errors import InvalidInput

AssetId = Annotated[str, typer.Argument(metavar="ASSET", help="The asset's id.")]


def focus_asset(
    asset: AssetId,
    by: Annotated[str, typer.Option("--as", help="Who says so.")],
    x: Annotated[str | None, typer.Argument(metavar="X", help="From the left: 0.0 to 1.0, or pixels.")] = None,
    y: Annotated[str | None, typer.Argument(metavar="Y", help="From the top: 0.0 to 1.0, or pixels.")] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Take back the focal point given before.")] = False,
    json: Json = False,
) -> None:
    """Say where an asset's focal point is; every crop is then made around it. The next run makes what that changes.

    Where copy is laid on the crops, the asset is checked again at once.
    """
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.focus import choose_and_judge

        rt = runtime()
        place = _place(x, y, clear)
        focused, judged = choose_and_judge(asset, place, by=by, examiner=rt.examiner(), assets=rt.catalog.assets)
        point = focused.focus
        view: View = {
            "id": focused.id,
            "focus": {"x": point.x, "y": point.y} if point else None,
            "by": by,
            "state": focused.state.value,
            "checked_again": judged is not None and judged.trouble is None,
        }
        text = f"focal point {point.x}, {point.y}" if point else "no focal point; what the brief or the picture says"
        again = f"; checked again, now {focused.state}" if view["checked_again"] else ""
        show(view, json, lambda: f"{focused.id}: {text}{again}")


def show_crops(
    asset: AssetId,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the page here, over what is there.")] = None,
    everywhere: Annotated[bool, typer.Option("--all", help="For every placement of the table.")] = False,
    json: Json = False,
) -> None:
    """Every crop of an asset on one page: all boxes on the original, and each crop with its safe area."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.sheets import write_crops

        view = write_crops(asset, runtime(), out=out, everywhere=everywhere)
        show(view, json, lambda: f"{table([_row(c) for c in view['crops']], _COLUMNS)}\n{view['page']}")


_COLUMNS = ("placement", "size", "left", "top", "width", "height", "kept", "clear", "problem")


def _place(x: str | None, y: str | None, clear: bool) -> tuple[str, str] | None:
    if clear and x is None:
        return None
    if clear or x is None or y is None:
        raise InvalidInput("a focal point is X and Y, or --clear", where="X Y", hint="for example 0.3 0.5")
    return x, y


def _row(crop: View) -> View:
    size = f"{crop['width']}x{crop['height']}"
    return {**crop["box"], "placement": crop["placement"], "size": size} | {
        "kept": "-" if crop["kept"] is None else f"{crop['kept']:.0%}",
        "clear": "-" if crop["kept_clear"] is None else f"{crop['kept_clear']:.0%}",
        "problem": crop["problem"] or "",
    }
