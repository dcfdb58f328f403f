"""What a picture was asked for with, made comparable: the same wish would buy about the same picture again."""

import hashlib
import json
import unicodedata

from colophon.domain.generation import Generation


def wish_of(generation: Generation) -> str:
    """SHA-256 over the words of the prompt, seed, model and size. References, route and safety are left out: they
    change a picture, but who asks with the same words and seed should know of the other one."""
    asked = [spoken(generation.prompt), generation.seed, generation.model, generation.width, generation.height]
    return hashlib.sha256(json.dumps(asked, separators=(",", ":")).encode()).hexdigest()


def spoken(prompt: str) -> str:
    """The words of a prompt in their order, without case, punctuation and spacing."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", prompt).casefold())
    return " ".join("".join(char if char.isalnum() else " " for char in folded).split())
