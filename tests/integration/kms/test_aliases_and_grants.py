"""Aliases, those of AWS too, and grants."""

ACCOUNT, REGION = "111122223333", "us-east-1"
PREFIX = f"arn:aws:kms:{REGION}:{ACCOUNT}:"


def test_an_alias_moves_between_keys(kms, new_key, refused):
    one, two = new_key()["KeyId"], new_key()["KeyId"]
    kms.create_alias(AliasName="alias/moves", TargetKeyId=one)
    (entry,) = kms.list_aliases(KeyId=one)["Aliases"]
    assert (entry["AliasName"], entry["AliasArn"], entry["TargetKeyId"]) == ("alias/moves", PREFIX + "alias/moves", one)
    assert entry["CreationDate"] == entry["LastUpdatedDate"]
    assert refused(kms.create_alias, AliasName="alias/moves", TargetKeyId=two) == (
        "AlreadyExistsException",
        f"An alias with the name {PREFIX}alias/moves already exists",
    )
    kms.update_alias(AliasName="alias/moves", TargetKeyId=two)
    assert kms.describe_key(KeyId="alias/moves")["KeyMetadata"]["KeyId"] == two
    assert kms.list_aliases(KeyId=one)["Aliases"] == []
    mac = new_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    assert refused(kms.update_alias, AliasName="alias/moves", TargetKeyId=mac)[0] == "ValidationException"
    kms.delete_alias(AliasName="alias/moves")
    missing = ("NotFoundException", f"Alias {PREFIX}alias/moves is not found.")
    assert refused(kms.delete_alias, AliasName="alias/moves") == missing
    assert refused(kms.update_alias, AliasName="alias/moves", TargetKeyId=one) == missing


def test_names_of_aliases_have_rules(kms, key, refused):
    for name in ("moves", "alias/"):
        assert refused(kms.create_alias, AliasName=name, TargetKeyId=key) == (
            "ValidationException",
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        )
    assert refused(kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=key)[0] == "NotAuthorizedException"
    assert refused(kms.create_alias, AliasName="alias/a!", TargetKeyId=key) == (
        "ValidationException",
        "1 validation error detected: Value 'alias/a!' at 'aliasName' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
    )
    assert refused(kms.create_alias, AliasName="alias/a:b", TargetKeyId=key) == (
        "ValidationException",
        "alias/a:b contains invalid characters for an alias",
    )
    assert refused(kms.create_alias, AliasName="alias/b", TargetKeyId="alias/a") == (
        "ValidationException",
        "Aliases must refer to keys. Not aliases",
    )


def test_aliases_of_aws_are_created_when_they_are_used(server, refused):
    kms = server.client("kms", access_key="333344445555")
    names = ["alias/aws/dynamodb", "alias/aws/kinesis", "alias/aws/lambda", "alias/aws/s3"]
    listed = kms.list_aliases()["Aliases"]
    assert [entry["AliasName"] for entry in listed] == names
    assert not any("TargetKeyId" in entry for entry in listed)
    made = kms.describe_key(KeyId="alias/aws/kinesis")["KeyMetadata"]
    assert (made["KeyManager"], made["KeyState"]) == ("AWS", "Enabled")
    assert kms.describe_key(KeyId="alias/aws/kinesis")["KeyMetadata"]["KeyId"] == made["KeyId"]
    kms.create_alias(AliasName="alias/b", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    pages = list(kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2}))
    entries = [entry for page in pages for entry in page["Aliases"]]
    assert [entry["AliasName"] for entry in entries] == names + ["alias/b"]
    assert entries[1]["TargetKeyId"] == made["KeyId"]
    assert kms.get_key_rotation_status(KeyId=made["KeyId"])["RotationPeriodInDays"] == 365
    for call in (kms.disable_key, kms.schedule_key_deletion, kms.disable_key_rotation):
        assert refused(call, KeyId=made["KeyId"])[0] == "AccessDeniedException"


def test_grants(kms, key, refused):
    arn = f"{PREFIX}key/{key}"
    user = f"arn:aws:iam::{ACCOUNT}:user/u"
    wanted = {
        "KeyId": key,
        "GranteePrincipal": user,
        "RetiringPrincipal": user,
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
        "Name": "mine",
    }
    assert refused(kms.create_grant, **wanted, DryRun=True)[0] == "DryRunOperationException"
    made = kms.create_grant(**wanted)
    assert kms.create_grant(**wanted)["GrantId"] == made["GrantId"]
    (listed,) = kms.list_grants(KeyId=key)["Grants"]
    assert listed.pop("CreationDate")
    assert listed == {
        "KeyId": arn,
        "GrantId": made["GrantId"],
        "Name": "mine",
        "GranteePrincipal": user,
        "RetiringPrincipal": user,
        "IssuingAccount": f"arn:aws:iam::{ACCOUNT}:root",
        "Operations": ["Decrypt", "Encrypt"],
        "Constraints": {"EncryptionContextSubset": {"a": "b"}},
    }
    others = [kms.create_grant(KeyId=key, GranteePrincipal="other", Operations=["Sign"])["GrantId"] for _ in range(3)]
    pages = kms.get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 3})
    assert sorted(g["GrantId"] for page in pages for g in page["Grants"]) == sorted([made["GrantId"], *others])
    assert len(kms.list_grants(KeyId=key, GranteePrincipal="other")["Grants"]) == 3
    assert len(kms.list_grants(KeyId=key, GrantId=others[0])["Grants"]) == 1
    retirable = kms.list_retirable_grants(RetiringPrincipal=user)["Grants"]
    assert [grant["GrantId"] for grant in retirable] == [made["GrantId"]]
    kms.retire_grant(GrantToken=made["GrantToken"])
    kms.retire_grant(KeyId=arn, GrantId=others[0])
    kms.revoke_grant(KeyId=key, GrantId=others[1])
    assert [grant["GrantId"] for grant in kms.list_grants(KeyId=key)["Grants"]] == [others[2]]
    gone = ("NotFoundException", f"Grant ID {others[1]} not found")
    assert refused(kms.revoke_grant, KeyId=key, GrantId=others[1]) == gone
    assert refused(kms.retire_grant, GrantToken="bad")[0] == "InvalidGrantTokenException"
    assert refused(kms.retire_grant, KeyId=arn)[0] == "ValidationException"
    assert refused(kms.create_grant, KeyId=key, Operations=["Decrypt"])[0] == "ValidationException"
    assert refused(kms.create_grant, KeyId=key, GranteePrincipal=user, Operations=[])[0] == "ValidationException"
    assert refused(kms.list_retirable_grants)[0] == "ValidationException"
