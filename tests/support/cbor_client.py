"""Operations of Kinesis in CBOR 1.1: blobs are bytes, timestamps whole milliseconds, in answers under tag 1."""

import cbor2
import cbor2.decoder

from support.json_client import JsonClient


class Milliseconds(int):
    """What an answer has under tag 1, where RFC 8949, and so cbor2, has seconds."""


cbor2.decoder.semantic_decoders[1] = lambda decoder: Milliseconds(decoder._decode())


class CborClient(JsonClient):
    content_type = "application/x-amz-cbor-1.1"
    encode = staticmethod(cbor2.dumps)
    decode = staticmethod(cbor2.decoder.loads)
