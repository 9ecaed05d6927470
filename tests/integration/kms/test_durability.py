"""Keys survive kill -9 and end when their time has come; no secret is in the data directory."""

import base64

import pytest
from botocore.exceptions import ClientError

from support.admin import advance
from support.millrace import Millrace

DAY = 24 * 3600


def contents(folder):
    return b"\0".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def forms_of(secret):
    """How bytes may stand in a file."""
    return secret, base64.b64encode(secret), secret.hex().encode()


def test_keys_survive_and_hide_their_secrets(tmp_path):
    data = tmp_path / "data"
    key_file = tmp_path / "master"
    server = Millrace(data, args=["--master-key-file", str(key_file)]).start()
    kms = server.client("kms")
    key = kms.create_key(Description="a description")["KeyMetadata"]["KeyId"]
    signer = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/lasting", TargetKeyId=key)
    grant = kms.create_grant(KeyId=key, GranteePrincipal="p", Operations=["Decrypt"])["GrantToken"]
    plaintext = b"what nobody may read"
    blob = kms.encrypt(KeyId=key, Plaintext=plaintext)["CiphertextBlob"]
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    kms.rotate_key_on_demand(KeyId=key)
    signed = kms.sign(KeyId=signer, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    server.kill()

    stored = contents(data)
    assert key.encode() in stored and b"a description" in stored
    # How the private key, in PKCS#8, goes on behind its first three bytes, so that base64 has it too.
    pkcs8 = bytes.fromhex("020100301306072a8648ce3d")
    for secret in (plaintext, data_key["Plaintext"], key_file.read_bytes(), pkcs8):
        for form in forms_of(secret):
            assert form not in stored

    server.start()
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == plaintext
    assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
    assert kms.describe_key(KeyId="alias/lasting")["KeyMetadata"]["KeyId"] == key
    assert kms.verify(KeyId=signer, Message=b"m", Signature=signed, SigningAlgorithm="ECDSA_SHA_256")["SignatureValid"]
    kms.retire_grant(GrantToken=grant)
    assert server.stop() == 0

    key_file.write_bytes(bytes(32))
    with pytest.raises(AssertionError):
        server.start()
    assert "contains the wrong key" in server.log()


def test_time_deletes_and_rotates(tmp_path):
    server = Millrace(tmp_path / "data", args=["--test-clock"]).start()
    kms = server.client("kms")
    deleted, rotated = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    blob = kms.encrypt(KeyId=deleted, Plaintext=b"x")["CiphertextBlob"]
    kept = kms.encrypt(KeyId=rotated, Plaintext=b"y")["CiphertextBlob"]
    kms.create_alias(AliasName="alias/deleted", TargetKeyId=deleted)
    kms.schedule_key_deletion(KeyId=deleted, PendingWindowInDays=7)
    kms.enable_key_rotation(KeyId=rotated, RotationPeriodInDays=90)
    advance(server, 7 * DAY + 1)
    for name in (deleted, "alias/deleted"):
        with pytest.raises(ClientError) as e:
            kms.describe_key(KeyId=name)
        assert e.value.response["Error"]["Code"] == "NotFoundException"
    with pytest.raises(ClientError) as e:
        kms.decrypt(CiphertextBlob=blob)
    assert e.value.response["Error"]["Code"] == "AccessDeniedException"
    advance(server, 90 * DAY)
    (rotation,) = kms.list_key_rotations(KeyId=rotated)["Rotations"]
    assert rotation["RotationType"] == "AUTOMATIC"
    assert kms.decrypt(CiphertextBlob=kept)["Plaintext"] == b"y"
    assert server.stop() == 0
