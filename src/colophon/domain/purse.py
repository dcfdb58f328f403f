"""The names under which money is counted together."""

import hashlib
import unicodedata
from datetime import date

_LONGEST_BRAND = 200


def brand_purse(name: str) -> str:
    """The purse of a brand by its name as people write it: other case, spaces or code points of the same letters
    (Unicode NFKC) are the same brand, since a cap that a typing habit gets around is none."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    folded = " ".join(folded.split())
    if len(folded) > _LONGEST_BRAND:
        # Folding can make a name many times longer (U+FDFA becomes 18 characters); a key of the table has an end.
        folded = hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()
    return f"brand/{folded}"


def person_key(name: str) -> str:
    """By whom money is counted: names that are one account's, whatever their case, are one person. A digest, since
    sums outlive a name that is erased."""
    return hashlib.sha256(" ".join(name.casefold().split()).encode("utf-8", "surrogatepass")).hexdigest()


def person_purse(person: str, day: date, currency: str) -> str:
    """The purse of a person's calendar month in UTC."""
    return f"person/{person}/{day:%Y-%m}/{currency}"
