"""The XMP packet of an AI-made picture, after the IPTC Photo Metadata Standard 2025.1."""

import re
from xml.sax.saxutils import escape

from colophon.domain.manifest import Origin

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_TEXT = 4000


def xmp_packet(origin: Origin, *, prompt: str | None = None, writer: str | None = None) -> str:
    """A packet without padding: digital source type, AI system and its version. All are single text values; the source
    type is the term's URI. The version is the vendor's own name of the model, else the one it was ordered by, since
    vendors put the version into that name.

    A prompt can hold confidential or personal words: it and its ``writer`` are written only when a prompt is given.
    """
    properties = [
        ("DigitalSourceType", origin.source_type),
        ("AISystemUsed", f"{origin.provider} {origin.model}"),
        ("AISystemVersionUsed", origin.reported or origin.model),
    ]
    if prompt is not None:
        properties.append(("AIPromptInformation", prompt))
        if writer is not None:
            properties.append(("AIPromptWriterName", writer))
    body = "".join(f"<Iptc4xmpExt:{name}>{_text(value)}</Iptc4xmpExt:{name}>" for name, value in properties)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{body}</rdf:Description></rdf:RDF>'
        '</x:xmpmeta><?xpacket end="r"?>'
    )


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("", value)[:_MAX_TEXT])
