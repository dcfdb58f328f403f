"""Trees and proofs against the vectors of Certificate Transparency's own test suites, and against themselves."""

import pytest

from colophon.domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_ranges,
    extends,
    includes,
    inclusion_ranges,
    leaf_hash,
    roots,
    roots_together,
)

# The leaves and roots that implementations of RFC 6962 share (google/certificate-transparency, merkletree tests).
_LEAVES = "|00|10|2021|3031|40414243|5051525354555657|606162636465666768696a6b6c6d6e6f"
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in _LEAVES.split("|")]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def tree(size: int) -> Frontier:
    return Frontier().grown(LEAVES[:size])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert tree(size).root.hex() == ROOTS[size]
    assert tree(size // 2).grown(LEAVES[size // 2 : size]) == tree(size)


def test_an_inclusion_proof_is_the_published_one() -> None:
    path = [node.hex() for node in roots(inclusion_ranges(5, 8), LEAVES)]
    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_a_consistency_proof_is_the_published_one() -> None:
    path = [node.hex() for node in roots(consistency_ranges(6, 8), LEAVES)]
    assert path == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", [*range(1, 20), 64, 65])
def test_proofs_hold_for_what_they_are_about_and_nothing_else(size: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    root = Frontier().grown(leaves).root
    for index in range(size):
        path = roots(inclusion_ranges(index, size), leaves)
        assert includes(leaves[index], index, size, path, root)
        assert not includes(leaf_hash(b"other"), index, size, path, root)
        assert not includes(leaves[index], index, size, [*path, root], root)
        assert not includes(leaves[index], index, size, path[:-1], root) or not path
        assert not includes(leaves[index], (index + 1) % size, size, path, root) or size == 1
    for first in range(1, size + 1):
        path = roots(consistency_ranges(first, size), leaves)
        before = Frontier().grown(leaves[:first]).root
        assert extends(first, before, size, root, path)
        assert not extends(first, EMPTY_ROOT, size, root, path)
        assert not extends(first, before, size, EMPTY_ROOT, path)
        assert not extends(first, before, size, root, [*path, root])
    with pytest.raises(ValueError, match="fewer leaves"):
        roots(inclusion_ranges(0, size + 1), leaves)


@pytest.mark.parametrize("size", [*range(1, 20), 64, 65])
def test_many_proofs_at_once_are_the_same_ones(size: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    paths = [inclusion_ranges(index, size) for index in range(size)]
    paths += [consistency_ranges(first, size) for first in range(1, size + 1)]
    found = roots_together({each for path in paths for each in path}, size, iter([*leaves, leaf_hash(b"later")]))
    for path in paths:
        assert [found[each] for each in path] == roots(path, leaves)
    with pytest.raises(ValueError, match="fewer leaves"):
        roots_together(paths[0], size, leaves[:-1])
