"""Operations of JSON 1.1 services by their wire form."""

import json


class JsonClient:
    """Operations by their wire form, for what Debian's boto3 does not know yet."""

    def __init__(self, server, access_key="AKIAIOSFODNN7EXAMPLE"):
        self.server = server
        self.authorization = (
            f"AWS4-HMAC-SHA256 Credential={access_key}/20260101/us-east-1/kinesis/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=0"
        )

    def call(self, operation, body):
        headers = {
            "X-Amz-Target": f"Kinesis_20131202.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": self.authorization,
        }
        return self.server.raw("POST", "/", headers, body)

    def ok(self, operation, **body):
        response = self.call(operation, json.dumps(body))
        assert response.status == 200, response.body
        return json.loads(response.body) if response.body else {}

    def error(self, operation, **body):
        response = self.call(operation, json.dumps(body))
        assert response.status == 400, response.body
        return json.loads(response.body)
