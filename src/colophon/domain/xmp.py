"""The XMP packet of an AI-made picture, after the IPTC Photo Metadata Standard 2025.1."""

import re
from xml.sax.saxutils import escape

from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_TEXT = 4000


def xmp_packet(*, model: str, provider_name: str, prompt: str | None = None, version: str | None = None) -> str:
    """A packet without padding: digital source type, AI system and its version (the model as it was ordered).

    A prompt can hold confidential or personal words: it is written only when one is given.
    """
    properties = [
        ("DigitalSourceType", TRAINED_ALGORITHMIC_MEDIA),
        ("AISystemUsed", f"{provider_name} {model}"),
        ("AISystemVersionUsed", version or model),
    ]
    if prompt is not None:
        properties.append(("AIPromptInformation", prompt))
    body = "".join(f"<Iptc4xmpExt:{name}>{_text(value)}</Iptc4xmpExt:{name}>" for name, value in properties)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{body}</rdf:Description></rdf:RDF>'
        '</x:xmpmeta><?xpacket end="r"?>'
    )


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("", value)[:_MAX_TEXT])
