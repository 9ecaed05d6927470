"""Operations by their wire form."""

import json


class JsonClient:
    """Kinesis in JSON 1.1, for what Debian's boto3 does not know yet."""

    service = "kinesis"
    target = "Kinesis_20131202"
    content_type = "application/x-amz-json-1.1"
    encode = staticmethod(json.dumps)
    decode = staticmethod(json.loads)

    def __init__(self, server, access_key="AKIAIOSFODNN7EXAMPLE"):
        self.server = server
        self.authorization = (
            f"AWS4-HMAC-SHA256 Credential={access_key}/20260101/us-east-1/{self.service}/aws4_request, "
            "SignedHeaders=host;x-amz-date, Signature=0"
        )

    def headers(self, operation):
        return {
            "X-Amz-Target": f"{self.target}.{operation}",
            "Content-Type": self.content_type,
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": self.authorization,
        }

    def call(self, operation, body):
        return self.server.raw("POST", "/", self.headers(operation), body)

    def ok(self, operation, **body):
        response = self.call(operation, self.encode(body))
        assert response.status == 200, response.body
        assert response.headers["Content-Type"] == self.content_type
        return self.decode(response.body) if response.body else {}

    def error(self, operation, **body):
        response = self.call(operation, self.encode(body))
        assert response.status == 400, response.body
        assert response.headers["Content-Type"] == self.content_type
        return self.decode(response.body)


class DynamoDbJsonClient(JsonClient):
    service = "dynamodb"
    target = "DynamoDB_20120810"
    content_type = "application/x-amz-json-1.0"
