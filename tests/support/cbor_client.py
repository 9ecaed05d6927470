"""Operations of Kinesis in CBOR 1.1: blobs are bytes, timestamps whole milliseconds."""

import cbor2

from support.json_client import JsonClient


class CborClient(JsonClient):
    content_type = "application/x-amz-cbor-1.1"
    encode = staticmethod(cbor2.dumps)
    decode = staticmethod(cbor2.loads)
