"""Keys: their life, states, policies, tags, rotations."""

import datetime
import json
import uuid

import pytest

ACCOUNT, REGION = "111122223333", "us-east-1"
PREFIX = f"arn:aws:kms:{REGION}:{ACCOUNT}:"


def test_a_key_is_described(kms, new_key):
    made = new_key(Description="a key", Tags=[{"TagKey": "k", "TagValue": "v"}])
    assert made.pop("CreationDate").tzinfo
    assert len(made["CurrentKeyMaterialId"]) == 64
    expected = {
        "AWSAccountId": ACCOUNT,
        "KeyId": made["KeyId"],
        "Arn": PREFIX + "key/" + made["KeyId"],
        "Enabled": True,
        "Description": "a key",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
        "CurrentKeyMaterialId": made["CurrentKeyMaterialId"],
    }
    assert made == expected
    described = kms.describe_key(KeyId=made["KeyId"])
    del described["KeyMetadata"]["CreationDate"]
    assert described["KeyMetadata"] == expected
    headers = described["ResponseMetadata"]["HTTPHeaders"]
    assert headers["cache-control"] == "no-cache, no-store, must-revalidate, private"


def test_specs_and_usages_fit(kms, new_key, refused):
    mac = new_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    assert mac["MacAlgorithms"] == ["HMAC_SHA_256"]
    assert not {"EncryptionAlgorithms", "SigningAlgorithms", "CurrentKeyMaterialId"} & set(mac)
    assert new_key(KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")["SigningAlgorithms"] == ["ECDSA_SHA_384"]
    old = new_key(CustomerMasterKeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")
    assert old["KeySpec"] == "ECC_SECG_P256K1"
    assert refused(kms.create_key, KeySpec="HMAC_256") == (
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    )
    assert refused(kms.create_key, KeySpec="HMAC_256", KeyUsage="SIGN_VERIFY") == (
        "ValidationException",
        "KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256",
    )
    assert refused(kms.create_key, KeySpec="HMAC_random") == (
        "ValidationException",
        "1 validation error detected: Value 'HMAC_random' at 'keySpec' failed to satisfy constraint: Member must satisfy "
        "enum value set: [RSA_2048, ECC_NIST_P384, ECC_NIST_P256, ECC_NIST_P521, HMAC_384, RSA_3072, ECC_SECG_P256K1, "
        "RSA_4096, SYMMETRIC_DEFAULT, HMAC_256, HMAC_224, HMAC_512]",
    )
    assert refused(kms.create_key, KeySpec="RSA_2048", CustomerMasterKeySpec="RSA_2048")[0] == "ValidationException"
    assert refused(kms.create_key, Origin="EXTERNAL")[0] == "UnsupportedOperationException"
    assert refused(kms.create_key, MultiRegion=True)[0] == "ValidationException"


def test_keys_have_four_names(kms, key, refused):
    kms.create_alias(AliasName=f"alias/{key}", TargetKeyId=key)
    for name in (key, f"{PREFIX}key/{key}", f"alias/{key}", f"{PREFIX}alias/{key}"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == key
    unknown = str(uuid.uuid4())
    for name in (unknown, f"{PREFIX}key/{unknown}"):
        assert refused(kms.describe_key, KeyId=name) == (
            "NotFoundException",
            f"Key '{PREFIX}key/{unknown}' does not exist",
        )
    mrk = "mrk-" + unknown.replace("-", "")
    assert refused(kms.describe_key, KeyId=mrk)[1] == f"Key '{PREFIX}key/{mrk}' does not exist"
    for name in ("fake-key-id", "134f2428cec14b25a1ae9048164dba47", "mrk-fake-key-id", "arn:aws:s3:::bucket"):
        assert refused(kms.describe_key, KeyId=name) == ("NotFoundException", f"Invalid keyId '{name}'")
    assert refused(kms.describe_key, KeyId="alias/none-such") == (
        "NotFoundException",
        f"Alias {PREFIX}alias/none-such is not found.",
    )
    assert refused(kms.describe_key, KeyId=f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{key}") == (
        "NotFoundException",
        "Invalid arn eu-west-1",
    )
    assert refused(kms.describe_key, KeyId=f"arn:aws:kms:{REGION}:444455556666:key/{key}")[0] == "AccessDeniedException"


def test_keys_are_listed_in_pages(server, refused):
    kms = server.client("kms", access_key="222233334444")
    made = sorted(kms.create_key()["KeyMetadata"]["Arn"] for _ in range(5))
    pages = list(kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Keys"]) for page in pages] == [2, 2, 1]
    assert [entry["KeyArn"] for page in pages for entry in page["Keys"]] == made
    assert kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])["Keys"] == []
    assert refused(kms.list_keys, Marker="bad")[0] == "InvalidMarkerException"
    assert refused(kms.list_aliases, Marker=pages[0]["NextMarker"])[0] == "InvalidMarkerException"


def test_states_decide_what_works(kms, new_key, refused):
    made = new_key()
    key, arn = made["KeyId"], made["Arn"]
    encrypted = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    uses = [
        (kms.encrypt, {"KeyId": key, "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": encrypted}),
        (kms.re_encrypt, {"CiphertextBlob": encrypted, "DestinationKeyId": key}),
        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}),
        (kms.create_grant, {"KeyId": key, "GranteePrincipal": "p", "Operations": ["Decrypt"]}),
        (kms.enable_key_rotation, {"KeyId": key}),
        (kms.rotate_key_on_demand, {"KeyId": key}),
    ]
    kms.disable_key(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    for call, members in uses:
        assert refused(call, **members) == ("DisabledException", f"{arn} is disabled.")
    assert refused(kms.cancel_key_deletion, KeyId=key) == (
        "KMSInvalidStateException",
        f"{arn} is not pending deletion.",
    )
    scheduled = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert (scheduled["KeyId"], scheduled["KeyState"], scheduled["PendingWindowInDays"]) == (arn, "PendingDeletion", 7)
    left = scheduled["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=6.9) < left < datetime.timedelta(days=7.1)
    pending = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (pending["KeyState"], pending["Enabled"]) == ("PendingDeletion", False)
    assert pending["DeletionDate"] == scheduled["DeletionDate"]
    for call, members in uses + [
        (kms.enable_key, {"KeyId": key}),
        (kms.disable_key, {"KeyId": key}),
        (kms.schedule_key_deletion, {"KeyId": key}),
        (kms.tag_resource, {"KeyId": key, "Tags": []}),
        (kms.create_alias, {"AliasName": "alias/pending", "TargetKeyId": key}),
        (kms.update_key_description, {"KeyId": key, "Description": ""}),
    ]:
        assert refused(call, **members) == ("KMSInvalidStateException", f"{arn} is pending deletion.")
    assert kms.cancel_key_deletion(KeyId=key)["KeyId"] == arn
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    kms.enable_key(KeyId=key)
    assert kms.decrypt(CiphertextBlob=encrypted)["Plaintext"] == b"x"


@pytest.mark.parametrize("days", [6, 31])
def test_the_waiting_period_has_bounds(kms, key, refused, days):
    code, message = refused(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)
    assert code == "ValidationException"
    assert message.startswith(f"1 validation error detected: Value '{days}' at 'pendingWindowInDays' failed")


def test_administration_takes_no_aliases(kms, key, refused):
    kms.create_alias(AliasName="alias/administration", TargetKeyId=key)
    assert refused(kms.disable_key, KeyId="alias/administration") == (
        "NotFoundException",
        "Invalid keyId 'alias/administration'",
    )


def test_descriptions_change(kms, key):
    kms.update_key_description(KeyId=key, Description="new")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "new"


def test_policies(kms, key, refused):
    answer = kms.get_key_policy(KeyId=key, PolicyName="default")
    policy = json.loads(answer["Policy"])
    assert answer["PolicyName"] == "default"
    assert policy == {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    policy["Id"] = "mine"
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    assert json.loads(kms.get_key_policy(KeyId=key)["Policy"]) == policy
    policy["Statement"][0]["Action"] = "kms:Encrypt"
    closed = json.dumps(policy)
    lockout = (
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    )
    assert refused(kms.put_key_policy, KeyId=key, Policy=closed) == lockout
    assert refused(kms.create_key, Policy=closed) == lockout
    kms.put_key_policy(KeyId=key, Policy=closed, BypassPolicyLockoutSafetyCheck=True)
    for bad in ("x", "{}", '{"Statement": [{"Effect": "Allow"}]}'):
        assert refused(kms.put_key_policy, KeyId=key, Policy=bad)[0] == "MalformedPolicyDocumentException"
    assert refused(kms.get_key_policy, KeyId=key, PolicyName="other")[0] == "NotFoundException"
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]


def test_tags(kms, new_key, refused):
    key = new_key(Tags=[{"TagKey": f"tag{n}", "TagValue": f"value{n}"} for n in (1, 2)])["KeyId"]
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "tag2", "TagValue": "new"}, {"TagKey": "tag3", "TagValue": ""}])
    kms.untag_resource(KeyId=key, TagKeys=["tag1", "none"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [
        {"TagKey": "tag2", "TagValue": "new"},
        {"TagKey": "tag3", "TagValue": ""},
    ]
    page = kms.list_resource_tags(KeyId=key, Limit=1)
    assert page["Truncated"] and len(page["Tags"]) == 1
    rest = kms.list_resource_tags(KeyId=key, Limit=1, Marker=page["NextMarker"])
    assert (rest["Truncated"], rest["Tags"][0]["TagKey"]) == (False, "tag3")
    twice = [{"TagKey": "a", "TagValue": "1"}, {"TagKey": "a", "TagValue": "2"}]
    assert refused(kms.tag_resource, KeyId=key, Tags=twice) == ("TagException", "Duplicate tag keys")
    many = [{"TagKey": f"k{n}", "TagValue": ""} for n in range(51)]
    assert refused(kms.create_key, Tags=many) == ("TagException", "Too many tags")
    for prefix in ("aws:", "AWS:"):
        assert refused(kms.create_key, Tags=[{"TagKey": prefix + "x", "TagValue": ""}]) == (
            "TagException",
            "Tags beginning with aws: are reserved",
        )
    long = "v" * 257
    assert refused(kms.tag_resource, KeyId=key, Tags=[{"TagKey": "k", "TagValue": long}]) == (
        "ValidationException",
        f"1 validation error detected: Value '{long}' at 'tags.1.member.tagValue' failed to satisfy constraint: "
        "Member must have length less than or equal to 256",
    )


def test_rotation(kms, new_key, refused):
    made = new_key()
    key, arn = made["KeyId"], made["Arn"]
    off = kms.get_key_rotation_status(KeyId=key)
    assert (off["KeyRotationEnabled"], off["KeyId"]) == (False, arn)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    left = status["NextRotationDate"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(days=89.9) < left < datetime.timedelta(days=90.1)
    kms.disable_key_rotation(KeyId=key)
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    before = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.rotate_key_on_demand(KeyId=key)["KeyId"] == arn
    current = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert current != made["CurrentKeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=before)["KeyMaterialId"] == made["CurrentKeyMaterialId"]
    assert kms.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyMaterialId"] == current
    (rotation,) = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert (rotation["RotationType"], rotation["KeyMaterialId"]) == ("ON_DEMAND", current)
    assert rotation["KeyMaterialState"] == "CURRENT"
    everything = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL", Limit=1)
    assert everything["Truncated"] and everything["Rotations"][0]["KeyMaterialState"] == "NON_CURRENT"
    mac = new_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    for call in (
        kms.enable_key_rotation,
        kms.disable_key_rotation,
        kms.rotate_key_on_demand,
        kms.get_key_rotation_status,
        kms.list_key_rotations,
    ):
        assert refused(call, KeyId=mac)[0] == "UnsupportedOperationException"
    for _ in range(24):
        kms.rotate_key_on_demand(KeyId=key)
    assert refused(kms.rotate_key_on_demand, KeyId=key) == (
        "LimitExceededException",
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed "
        f"for this key: {arn}",
    )
    assert kms.decrypt(CiphertextBlob=before)["Plaintext"] == b"x"
