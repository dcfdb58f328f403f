"""The picture element: well-formed whatever the addresses hold, best kinds first, one file for all others."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from colophon.domain.markup import PublicFile, picture_markup

KINDS = ("image/avif", "image/webp", "image/jpeg", "image/png")


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def file(kind: str, width: int, address: str = "") -> PublicFile:
    return PublicFile(address or f"https://cdn.example/{width}.{kind.split('/')[1]}", width, width // 2, kind)


def test_source_sets_come_by_kind_and_width() -> None:
    files = [file(kind, width) for width in (1920, 640) for kind in ("image/jpeg", "image/avif", "image/webp")]
    [picture, *sources, image] = Elements(picture_markup(files)).found
    assert picture[0] == "picture"
    assert [attributes["type"] for _, attributes in sources] == ["image/avif", "image/webp", "image/jpeg"]
    assert sources[0][1]["srcset"] == "https://cdn.example/640.avif 640w, https://cdn.example/1920.avif 1920w"
    assert image[1]["src"] == "https://cdn.example/1920.jpeg"
    assert (image[1]["width"], image[1]["height"], image[1]["alt"]) == ("1920", "960", "")


def test_one_width_and_nothing() -> None:
    assert picture_markup([]) == ""
    assert Elements(picture_markup([file("image/webp", 400)])).found[-1][1]["src"] == "https://cdn.example/400.webp"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(1, 4000), st.text(min_size=1, max_size=40)),
        min_size=1,
        max_size=4,
    ),
    st.text(max_size=60),
)
def test_no_text_leaves_its_attribute(parts: list[tuple[str, int, str]], alt: str) -> None:
    files = [file(kind, width, "https://cdn.example/" + tail) for kind, width, tail in parts]
    found = Elements(picture_markup(files, alt=alt, sizes='"><script>x</script>')).found
    assert [tag for tag, _ in found] == ["picture", *["source"] * (len(found) - 2), "img"]
    assert {name for _, attributes in found for name in attributes} <= {
        "type", "srcset", "sizes", "src", "width", "height", "alt", "loading", "decoding",
    }  # fmt: skip
