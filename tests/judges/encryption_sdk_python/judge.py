"""Round trips of the AWS Encryption SDK for Python. Endpoint, region and credentials come from the environment.

    judge.py        prints a line for each case, "CASE ok", and ends with an error at the first that fails
"""

import io
import os

import aws_encryption_sdk
import boto3
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import AlgorithmSuite
from aws_encryption_sdk.key_providers.kms import (
    DiscoveryAwsKmsMasterKeyProvider,
    DiscoveryFilter,
    StrictAwsKmsMasterKeyProvider,
)

CONTEXT = {"tenant": "a", "purpose": "judge"}
SIZES = (0, 1, 4096, 1 << 20)
COMMITTING = (
    AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
)

kms = boto3.client("kms")
sdk = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
old_sdk = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)


def new_key():
    return kms.create_key()["KeyMetadata"]["Arn"]


def strict(*keys):
    return StrictAwsKmsMasterKeyProvider(key_ids=keys)


def encrypt(client, source, provider, **options):
    return client.encrypt(source=source, key_provider=provider, encryption_context=CONTEXT, **options)[0]


def decrypt(client, message, provider):
    plaintext, header = client.decrypt(source=message, key_provider=provider)
    assert CONTEXT.items() <= header.encryption_context.items()
    return plaintext, header


def refuses(call, *arguments):
    try:
        call(*arguments)
    except AWSEncryptionSDKClientError:
        return True
    return False


def sizes():
    """Messages of all sizes, in both suites that the SDK recommends."""
    key = new_key()
    for suite in COMMITTING:
        for size in SIZES:
            source = os.urandom(size)
            message = encrypt(sdk, source, strict(key), algorithm=suite)
            plaintext, header = decrypt(sdk, message, strict(key))
            assert plaintext == source and header.algorithm is suite


def old_suites():
    """Suites without key commitment: data keys of 16, 24 and 32 bytes."""
    key = new_key()
    for suite in AlgorithmSuite:
        if suite not in COMMITTING:
            assert decrypt(old_sdk, encrypt(old_sdk, b"x", strict(key), algorithm=suite), strict(key))[0] == b"x"


def several_keys():
    """Each of a message's keys decrypts it, and no other."""
    one, two, other = (new_key() for _ in range(3))
    message = encrypt(sdk, b"x", strict(one, two))
    for key in (one, two):
        assert decrypt(sdk, message, strict(key))[0] == b"x"
    assert refuses(decrypt, sdk, message, strict(other))


def discovery():
    """The message names its key."""
    key = new_key()
    message = encrypt(sdk, b"x", strict(key))
    assert decrypt(sdk, message, DiscoveryAwsKmsMasterKeyProvider())[0] == b"x"
    account = key.split(":")[4]
    found = DiscoveryFilter(partition="aws", account_ids=(account,))
    assert decrypt(sdk, message, DiscoveryAwsKmsMasterKeyProvider(discovery_filter=found))[0] == b"x"


def alias():
    """The key is named by the ARN of its alias."""
    key = new_key()
    name = "alias/judge-" + key[-12:]
    kms.create_alias(AliasName=name, TargetKeyId=key)
    message = encrypt(sdk, b"x", strict(key.split(":key/")[0] + ":" + name))
    assert decrypt(sdk, message, strict(key))[0] == b"x"


def streams():
    """The interface of files, with frames."""
    key = new_key()
    source = os.urandom(100_000)
    with sdk.stream(mode="e", source=io.BytesIO(source), key_provider=strict(key), frame_length=1024) as encryptor:
        message = encryptor.read()
    with sdk.stream(mode="d", source=io.BytesIO(message), key_provider=strict(key)) as decryptor:
        assert decryptor.read() == source


def rotation():
    """A message of the material before a rotation."""
    key = new_key()
    message = encrypt(sdk, b"x", strict(key))
    kms.rotate_key_on_demand(KeyId=key)
    assert decrypt(sdk, message, strict(key))[0] == b"x"
    assert decrypt(sdk, encrypt(sdk, b"y", strict(key)), strict(key))[0] == b"y"


def damage():
    """A message whose encrypted data key or encryption context was changed."""
    key = new_key()
    message = encrypt(sdk, b"x" * 100, strict(key))
    data_key = message.index(key.encode()) + len(key) + 60
    context = message.index(b"judge")
    for place in (data_key, context):
        damaged = message[:place] + bytes([message[place] ^ 1]) + message[place + 1 :]
        assert refuses(decrypt, sdk, damaged, strict(key))


def states():
    """A disabled key does nothing until it is enabled."""
    key = new_key()
    message = encrypt(sdk, b"x", strict(key))
    kms.disable_key(KeyId=key)
    assert refuses(encrypt, sdk, b"x", strict(key))
    assert refuses(decrypt, sdk, message, strict(key))
    kms.enable_key(KeyId=key)
    assert decrypt(sdk, message, strict(key))[0] == b"x"


def main():
    for case in (sizes, old_suites, several_keys, discovery, alias, streams, rotation, damage, states):
        case()
        print(case.__name__, "ok", flush=True)


main()
