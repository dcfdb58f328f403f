"""CIEDE2000 against its published test data, and colours to CIELAB and back."""

import pytest

from colophon.domain.colour import Lab, chroma, difference, hex_of_lab, lab_of_hex

# Table 1 of Sharma, Wu and Dalal (2005): L1 a1 b1 L2 a2 b2 dE00, all 34 pairs.
PUBLISHED = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
PAIRS = [tuple(map(float, line.split())) for line in PUBLISHED.split("\n") if line]


def test_the_published_pairs_are_all_here() -> None:
    assert len(PAIRS) == 34


@pytest.mark.parametrize("row", PAIRS)
def test_the_difference_is_the_published_one_in_both_directions(row: tuple[float, ...]) -> None:
    one, other, published = row[:3], row[3:6], row[6]
    assert difference(_lab(one), _lab(other)) == pytest.approx(published, abs=5e-5)
    assert difference(_lab(other), _lab(one)) == pytest.approx(published, abs=5e-5)


def _lab(values: tuple[float, ...]) -> Lab:
    return values[0], values[1], values[2]


def test_lightness_can_count_half() -> None:
    light, dark = (70.0, 20.0, 10.0), (40.0, 20.0, 10.0)
    assert difference(light, dark, lightness=2) == pytest.approx(difference(light, dark) / 2)
    assert difference((50, 20, 10), (50, -20, 10), lightness=2) == difference((50, 20, 10), (50, -20, 10))


@pytest.mark.parametrize(
    ("text", "lab"),
    [
        ("#FFFFFF", (100, 0, 0)),
        ("#000000", (0, 0, 0)),
        ("#FF0000", (53.24, 80.09, 67.20)),
        ("#00ff00", (87.73, -86.18, 83.18)),
        ("#0000FF", (32.30, 79.19, -107.86)),
    ],
)
def test_corners_of_srgb_have_the_known_values(text: str, lab: Lab) -> None:
    assert lab_of_hex(text) == pytest.approx(lab, abs=0.02)


@pytest.mark.parametrize("text", ["#8A9E87", "#EEE8DE", "#010203", "#FFFFFF", "#2B577A"])
def test_a_colour_comes_back(text: str) -> None:
    assert hex_of_lab(lab_of_hex(text)) == text


def test_what_srgb_cannot_show_is_cut_off_and_greys_have_no_chroma() -> None:
    assert hex_of_lab((100.0, 0.0, -120.0)).endswith("FF")
    assert chroma(lab_of_hex("#808080")) < 0.02
