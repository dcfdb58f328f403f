"""Kinds of trouble a file's papers can be in, as data: what `docs/provenance.md` lists and the table test reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from colophon.confined.stores import store_of
from colophon.domain.trust import AnchorKind, TrustPolicy
from tests.provenance.conftest import picture, tampered
from tests.provenance.lab import (
    CREATED,
    HOSTILE,
    OTHER_PURPOSE,
    Lab,
    Subject,
    brand_may,
    chained,
    changed,
    component,
    definition,
    detached,
    flipped_signature,
    lookalike,
    nested_boxes,
    own_signer,
    pin,
    png_chunk,
    re_encoded,
    revoked,
    signed,
    stamped,
    tsa,
    unsigned,
    with_chunk,
    with_store,
)


@dataclass(frozen=True)
class Trouble:
    """``parts``: state, integrity, signer, time stamp, revocation. ``problems`` are the codes of the verdict; a message
    of the library, which is its own affair, is left out."""

    words: str
    make: Callable[[Lab], Subject]
    parts: tuple[str, str, str, str, str]
    problems: tuple[str, ...] = ()


VENDOR, BRAND, PINNED = "vendor", "brand", "vendor (pin)"
NOBODY, NONE = "not known", "none"
GOOD = ("trusted", "intact", VENDOR, "absent", "not_checked")
GOOD_CHILD = ("trusted", "intact", BRAND, "absent", "not_checked")
UNKNOWN = ("valid", "intact", NOBODY, "absent", "not_checked")
BROKEN = ("invalid", "broken", VENDOR, "absent", "not_checked")
ABSENT = ("none", "absent", NONE, "absent", "absent")
FORGED = ("invalid", "broken", NOBODY, "absent", "not_checked")
UNPROVEN = "policy.signer-unproven"
UNREAD = ("error", "unknown", NONE, "absent", "absent")
UNTRUSTED = "signingCredential.untrusted"
EXPIRED = "signingCredential.expired"
IDENTITY = {
    "label": "cawg.identity",
    "data": {
        "signer_payload": {"referenced_assertions": [], "sig_type": "cawg.identity_claims_aggregation"},
        "signature": "00",
        "pad1": "",
    },
}
FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP", "avif": "AVIF"}


def _of_format(fmt: str, name: str) -> list[Trouble]:
    mismatch = "assertion.bmffHash.mismatch" if fmt == "avif" else "assertion.dataHash.mismatch"

    def good(lab: Lab) -> Subject:
        return Subject(lab.original(fmt))

    def turned(lab: Lab) -> Subject:
        return Subject(tampered(lab.original(fmt)))

    def beside(lab: Lab) -> Subject:
        return Subject(*detached(lab, fmt))

    return [
        Trouble(f"{name}, nothing wrong", good, GOOD),
        Trouble(f"{name}, one bit of the picture turned", turned, BROKEN, (mismatch,)),
        Trouble(f"{name} with a manifest beside it", beside, GOOD_CHILD),
    ]


_TAMPERED = [
    Trouble(
        "metadata added after signing",
        lambda lab: Subject(with_chunk(lab.original(), png_chunk(b"tEXt", b"Comment\0added later"))),
        BROKEN,
        ("assertion.dataHash.mismatch",),
    ),
    Trouble(
        "a word of an assertion changed",
        lambda lab: Subject(changed(lab.original(), b"trainedAlgorithmicMedia", b"trainedAlgorithmicMedix")),
        BROKEN,
        ("assertion.hashedURI.mismatch",),
    ),
    Trouble(
        "a word of the claim changed",
        lambda lab: Subject(changed(lab.original(), b"Vendor API", b"Wendor API")),
        FORGED,
        ("claimSignature.mismatch", UNPROVEN, UNTRUSTED),
    ),
    Trouble(
        "one bit of the signature turned",
        lambda lab: Subject(flipped_signature(lab.original())),
        FORGED,
        ("claimSignature.mismatch", UNPROVEN, UNTRUSTED),
    ),
    Trouble(
        "the papers of another picture put in",
        lambda lab: Subject(with_store(picture("png"), store_of(lab.original()) or b"")),
        BROKEN,
        ("assertion.dataHash.mismatch",),
    ),
    Trouble(
        "the manifest of another picture beside it",
        lambda lab: Subject(picture("png"), detached(lab)[1]),
        ("invalid", "broken", BRAND, "absent", "not_checked"),
        ("assertion.dataHash.mismatch",),
    ),
    Trouble("papers stripped", lambda lab: Subject(re_encoded(lab.original())), ABSENT),
    Trouble("never had papers", lambda lab: Subject(unsigned(lab)), ABSENT),
    Trouble(
        "two manifest stores in one file",
        lambda lab: Subject(with_store(lab.original(), store_of(lab.child()) or b"")),
        UNREAD,
        ("manifest.unreadable",),
    ),
    Trouble(
        "papers inside, and an address for them, which is not fetched",
        lambda lab: Subject(lab.created(lab.world.vendor, remote="http://127.0.0.1:9/m", embed=True)),
        GOOD,
    ),
    Trouble(
        "papers only at an address, which is not fetched",
        lambda lab: Subject(
            signed(picture("png"), "image/png", definition([CREATED]), lab.world.vendor, remote="http://127.0.0.1:9/m")
        ),
        ("none", "unknown", NONE, "absent", "absent"),
        ("remote.not-fetched",),
    ),
]

_SIGNERS = [
    Trouble(
        "an authority nobody here knows",
        lambda lab: Subject(lab.world.original(lab.world.stranger)),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "a look-alike: every name of the vendor, other keys",
        lambda lab: Subject(lab.world.original(lookalike(lab))),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "the vendor's certificate issuer left out of the file",
        lambda lab: Subject(lab.created(lab.world.vendor, chain=lab.world.vendor.leaf.pem)),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "a certificate for another purpose than the policy lists",
        lambda lab: Subject(lab.created(lab.vendor_leaf(purposes=(OTHER_PURPOSE,)))),
        ("invalid", "intact", NOBODY, "absent", "not_checked"),
        ("signingCredential.invalid", UNTRUSTED),
    ),
    Trouble(
        "an organisation that may not sign under its entry",
        lambda lab: Subject(lab.original(), policy=lab.policy(vendor={"organisations": ("Other Ltd",)})),
        UNKNOWN,
        ("policy.signer",),
    ),
    Trouble(
        "the pinned certificate itself",
        lambda lab: Subject(lab.original(), policy=lab.policy(vendor=pin(lab))),
        ("trusted", "intact", PINNED, "absent", "not_checked"),
    ),
    Trouble(
        "another certificate of the pinned one's authority",
        lambda lab: Subject(
            lab.world.original(lab.vendor_leaf(common_name="Other")), policy=lab.policy(vendor=pin(lab))
        ),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "another certificate of an authority that was pinned as if it were a leaf",
        lambda lab: Subject(lab.original(), policy=lab.policy(vendor={"pins": (lab.world.vendor.issuing.pem,)})),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "a policy that names nobody",
        lambda lab: Subject(lab.original(), policy=TrustPolicy(name="empty", version="1", issued=lab.world.now.date())),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "known only as an authority for time stamps",
        lambda lab: Subject(
            lab.original(),
            policy=lab.world.policy(
                lab.world.vendor.anchor("stamps", AnchorKind.TSA), lab.world.brand.anchor("brand", AnchorKind.BRAND)
            ),
        ),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "an entry of the policy that has ended",
        lambda lab: Subject(lab.original(), policy=lab.policy(vendor={"valid_until": lab.later(-1).date()})),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "an entry of the policy that has not begun",
        lambda lab: Subject(lab.original(), policy=lab.policy(vendor={"valid_from": lab.later(1).date()})),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "a certificate on the policy's list of revoked ones",
        lambda lab: Subject(lab.original(), policy=lab.policy(**revoked(lab, 0))),
        ("valid", "intact", NOBODY, "absent", "revoked"),
        ("policy.revoked",),
    ),
    Trouble(
        "the same certificate, to be revoked tomorrow",
        lambda lab: Subject(lab.original(), policy=lab.policy(**revoked(lab, 1))),
        GOOD,
    ),
    Trouble(
        "an identity assertion that does not hold",
        lambda lab: Subject(lab.created(lab.world.vendor, definition={"assertions": [IDENTITY]})),
        ("invalid", "intact", VENDOR, "absent", "not_checked"),
        ("cawg.identity.hard_binding_missing", "cawg.ica.invalid_cose_sign1"),
    ),
    Trouble(
        "RSA (PS256)",
        lambda lab: Subject(
            lab.created(lab.vendor_leaf(key=rsa.generate_private_key(65537, 2048)), algorithm=b"ps256")
        ),
        GOOD,
    ),
    Trouble(
        "Ed25519",
        lambda lab: Subject(
            lab.created(lab.vendor_leaf(key=ed25519.Ed25519PrivateKey.generate()), algorithm=b"ed25519")
        ),
        GOOD,
    ),
    Trouble(
        "P-384 (ES384)",
        lambda lab: Subject(
            lab.created(lab.vendor_leaf(key=ec.generate_private_key(ec.SECP384R1())), algorithm=b"es384")
        ),
        GOOD,
    ),
]


_TIMES = [
    Trouble(
        "a certificate that has ended, no stamp",
        lambda lab: Subject(lab.original(), at=lab.later(400)),
        ("invalid", "intact", NOBODY, "absent", "not_checked"),
        (EXPIRED, UNTRUSTED),
    ),
    Trouble(
        "judged as of a day before its certificate began",
        lambda lab: Subject(lab.original(), at=lab.later(-2)),
        ("invalid", "intact", NOBODY, "absent", "not_checked"),
        ("policy.before-certificate", UNTRUSTED),
    ),
    Trouble(
        "a certificate that has ended, a trusted stamp from before",
        lambda lab: Subject(stamped(lab), policy=lab.policy(tsa(lab)), at=lab.later(400)),
        ("trusted", "intact", VENDOR, "trusted", "not_checked"),
    ),
    Trouble(
        "a certificate that has ended, a stamp nobody here knows",
        lambda lab: Subject(stamped(lab), at=lab.later(400)),
        ("invalid", "intact", NOBODY, "untrusted", "not_checked"),
        (EXPIRED, UNTRUSTED),
    ),
    Trouble(
        "a stamp of a service nobody here knows",
        lambda lab: Subject(stamped(lab)),
        ("trusted", "intact", VENDOR, "untrusted", "not_checked"),
    ),
    Trouble(
        "a trusted stamp",
        lambda lab: Subject(stamped(lab), policy=lab.policy(tsa(lab))),
        ("trusted", "intact", VENDOR, "trusted", "not_checked"),
    ),
    Trouble(
        "a stamp vouched for only by an entry for vendors",
        lambda lab: Subject(stamped(lab), policy=lab.policy(lab.stamper.anchor("stamps"))),
        ("trusted", "intact", VENDOR, "untrusted", "not_checked"),
    ),
    Trouble(
        "a stamp whose time was changed",
        lambda lab: Subject(
            changed(stamped(lab), f"{lab.world.now:%Y%m%d}".encode(), b"20200101"), policy=lab.policy(tsa(lab))
        ),
        ("trusted", "intact", VENDOR, "invalid", "not_checked"),
    ),
    Trouble(
        "revoked after its trusted stamp",
        lambda lab: Subject(
            lab.world.original(tsa_url=lab.stamps), policy=lab.policy(tsa(lab), **revoked(lab, 1)), at=lab.later(30)
        ),
        ("trusted", "intact", VENDOR, "trusted", "not_checked"),
    ),
    Trouble(
        "revoked, and no stamp says it was signed before",
        lambda lab: Subject(lab.original(), policy=lab.policy(**revoked(lab, 1)), at=lab.later(30)),
        ("valid", "intact", NOBODY, "absent", "revoked"),
        ("policy.revoked",),
    ),
    Trouble(
        "no stamp where the policy asks for one",
        lambda lab: Subject(lab.original(), policy=lab.policy(vendor={"stamp_required": True})),
        GOOD,
        ("policy.unstamped",),
    ),
    Trouble(
        "a rendition whose original's certificate has ended, unstamped",
        lambda lab: Subject(lab.child(lab.world.original(lab.vendor_leaf(days=20))), at=lab.later(40)),
        GOOD_CHILD,
        (f"ingredient.{EXPIRED}", f"ingredient.{UNTRUSTED}"),
    ),
    Trouble(
        "a rendition whose original's certificate has ended, stamped",
        lambda lab: Subject(lab.child(stamped(lab, days=20)), policy=lab.policy(tsa(lab)), at=lab.later(40)),
        GOOD_CHILD,
    ),
]

_CHAINS = [
    Trouble("a rendition of a trusted original", lambda lab: Subject(lab.child()), GOOD_CHILD),
    Trouble("a rendition of a rendition", lambda lab: Subject(chained(lab, 2)), GOOD_CHILD),
    Trouble(
        "made from a picture that had been changed",
        lambda lab: Subject(lab.child(tampered(lab.original()))),
        GOOD_CHILD,
        ("ingredient.assertion.dataHash.mismatch",),
    ),
    Trouble(
        "the same, a generation further down",
        lambda lab: Subject(lab.child(lab.child(tampered(lab.original()), fmt="png"))),
        GOOD_CHILD,
        ("ingredient.assertion.dataHash.mismatch",),
    ),
    Trouble(
        "made from an unsigned picture",
        lambda lab: Subject(lab.child(unsigned(lab))),
        GOOD_CHILD,
        ("policy.parent-unsigned",),
    ),
    Trouble(
        "made from a picture of a signer nobody here knows",
        lambda lab: Subject(lab.child(lab.world.original(lab.world.stranger))),
        GOOD_CHILD,
        (f"ingredient.{UNTRUSTED}",),
    ),
    Trouble(
        "made from a picture whose papers are only at an address",
        lambda lab: Subject(
            lab.child(
                signed(
                    picture("png"), "image/png", definition([CREATED]), lab.world.vendor, remote="http://127.0.0.1:9/m"
                )
            )
        ),
        GOOD_CHILD,
        ("policy.parent-unsigned", "ingredient.manifest.inaccessible"),
    ),
    Trouble(
        "made from a picture whose signature had been changed",
        lambda lab: Subject(lab.child(flipped_signature(lab.original()))),
        GOOD_CHILD,
        ("ingredient.claimSignature.mismatch", UNPROVEN, f"ingredient.{UNTRUSTED}"),
    ),
    Trouble(
        "made from a revoked signer's picture",
        lambda lab: Subject(lab.child(), policy=lab.policy(**revoked(lab, 0))),
        GOOD_CHILD,
        ("policy.revoked",),
    ),
    Trouble(
        "history dropped: signed anew as the brand's own, who may only work on pictures of others",
        lambda lab: Subject(
            lab.created(lab.world.brand, content=re_encoded(lab.child(fmt="png"))),
            policy=brand_may(lab, "c2pa.opened"),
        ),
        GOOD_CHILD,
        ("policy.action",),
    ),
    Trouble(
        "a stranger's rendition of a trusted original",
        lambda lab: Subject(lab.child(signer=own_signer(lab, lab.world.stranger))),
        UNKNOWN,
        (UNTRUSTED,),
    ),
    Trouble(
        "a placed picture of a signer nobody here knows",
        lambda lab: Subject(component(lab, lab.world.original(lab.world.stranger))),
        GOOD_CHILD,
        (f"ingredient.{UNTRUSTED}",),
    ),
    Trouble(
        "a placed picture of an organisation that may not sign under its entry",
        lambda lab: Subject(
            component(lab, lab.created(lab.vendor_leaf(organisation="Other Corp"))),
            policy=lab.policy(vendor={"organisations": ("Vendor Inc.",)}),
        ),
        GOOD_CHILD,
        ("policy.signer",),
    ),
    Trouble(
        "a placed picture that had been changed",
        lambda lab: Subject(component(lab, tampered(lab.world.original(fmt="png")))),
        GOOD_CHILD,
        ("ingredient.assertion.dataHash.mismatch",),
    ),
    Trouble("more than 64 manifests in a chain", lambda lab: Subject(chained(lab, 65)), UNREAD, ("limits.manifests",)),
]

_FILES = [
    Trouble("an empty file", lambda lab: Subject(b""), UNREAD, ("format.unsupported",)),
    Trouble("a text", lambda lab: Subject(b"This is not a picture."), UNREAD, ("format.unsupported",)),
    Trouble(
        "SVG with a script",
        lambda lab: Subject(b"<svg xmlns='x'><script>1</script></svg>"),
        UNREAD,
        ("format.unsupported",),
    ),
    Trouble(
        "cut off in the middle of its papers",
        lambda lab: Subject(lab.original()[:2000]),
        UNREAD,
        ("manifest.unreadable",),
    ),
    Trouble(
        "noise in the place of a manifest",
        lambda lab: Subject(with_store(picture("png"), bytes(range(256)) * 20)),
        UNREAD,
        ("manifest.unreadable",),
    ),
    Trouble(
        "noise in the manifest beside it",
        lambda lab: Subject(picture("png"), b"\x00\x00\x00\x08jumb" * 9),
        UNREAD,
        ("manifest.unreadable",),
    ),
    Trouble(
        "boxes nested 500 deep",
        lambda lab: Subject(with_store(picture("png"), nested_boxes(500))),
        UNREAD,
        ("manifest.unreadable",),
    ),
    Trouble(
        "boxes nested 20,000 deep",
        lambda lab: Subject(with_store(picture("png"), nested_boxes(20_000))),
        UNREAD,
        ("manifest.unreadable",),
    ),
    Trouble(
        "a manifest of 100 MB in the file",
        lambda lab: Subject(with_store(picture("png"), bytes(100_000_000))),
        UNREAD,
        ("limits.size",),
    ),
    Trouble(
        "a manifest of 50 MB in the file",
        lambda lab: Subject(with_store(picture("png"), bytes(50_000_000))),
        UNREAD,
        ("manifest.unreadable",),
    ),
    Trouble(
        "a manifest of 100 MB beside it",
        lambda lab: Subject(picture("png"), bytes(100_000_000)),
        UNREAD,
        ("limits.size",),
    ),
    Trouble(
        "terminal codes, markup and a formula in its words",
        lambda lab: Subject(
            lab.created(lab.world.vendor, [{**CREATED, "softwareAgent": HOSTILE}], definition={"title": HOSTILE})
        ),
        GOOD,
    ),
]

TROUBLES: Mapping[str, list[Trouble]] = {
    "Formats": [row for fmt, name in FORMATS.items() for row in _of_format(fmt, name)],
    "Changed or missing": _TAMPERED,
    "Signers": _SIGNERS,
    "Times": _TIMES,
    "Chains": _CHAINS,
    "Hostile files": _FILES,
}
