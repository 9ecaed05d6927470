"""Policies of buckets, functions and keys, beside those of who calls."""

import base64

from support.functions import create_function, error_of, new_name

from .conftest import ACCOUNT, allow, policy


def statement(effect, principal, action, resource):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}


def test_a_bucket_policy_lets_everyone_read(server, root):
    s3 = root("s3")
    s3.create_bucket(Bucket="public")
    s3.put_object(Bucket="public", Key="open/a", Body=b"for all")
    s3.put_object(Bucket="public", Key="closed/a", Body=b"for none")
    assert server.raw("GET", "/public/open/a").status == 403
    s3.delete_public_access_block(Bucket="public")
    s3.put_bucket_policy(Bucket="public", Policy=policy(
        statement("Allow", "*", "s3:GetObject", "arn:aws:s3:::public/open/*")))
    assert server.raw("GET", "/public/open/a").body == b"for all"
    for method, path in (("GET", "/public/closed/a"), ("GET", "/public"), ("PUT", "/public/open/b"),
                         ("DELETE", "/public/open/a"), ("GET", "/")):
        assert server.raw(method, path, body=b"x" if method == "PUT" else None).status == 403, (method, path)
    s3.delete_bucket_policy(Bucket="public")
    assert server.raw("GET", "/public/open/a").status == 403


def test_a_bucket_policy_names_users_and_denies_them(user, root):
    s3 = root("s3")
    bucket = f"named-{user.name}"
    s3.create_bucket(Bucket=bucket)
    objects = f"arn:aws:s3:::{bucket}/*"
    assert error_of(user.client("s3").put_object, Bucket=bucket, Key="k", Body=b"x")[0] == "AccessDenied"
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement("Allow", {"AWS": user.arn}, "s3:PutObject", objects)))
    user.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
    user.client("s3").put_object(Bucket=bucket, Key="large", Body=b"x" * 300_000)
    user.may(allow("s3:*"))
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement("Deny", {"AWS": user.arn}, "s3:*", objects)))
    code, message = error_of(user.client("s3").get_object, Bucket=bucket, Key="k")
    assert code == "AccessDenied" and message == (
        f'User: {user.arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::{bucket}/k" with an '
        "explicit deny in a resource-based policy")
    assert error_of(user.client("s3").put_object, Bucket=bucket, Key="large", Body=b"x" * 300_000)[0] == "AccessDenied"


def test_a_functions_policy_lets_a_user_invoke_it(user, root, role):
    _, arn = role()
    name = create_function(root("lambda"), "def handler(event, context): return 7", new_name("shared"), Role=arn)
    assert error_of(user.client("lambda").invoke, FunctionName=name)[0] == "AccessDeniedException"
    root("lambda").add_permission(FunctionName=name, StatementId="one", Action="lambda:InvokeFunction",
                                  Principal=user.arn)
    assert user.client("lambda").invoke(FunctionName=name)["Payload"].read() == b"7"
    assert error_of(user.client("lambda").get_function, FunctionName=name)[0] == "AccessDeniedException"
    root("lambda").remove_permission(FunctionName=name, StatementId="one")
    assert error_of(user.client("lambda").invoke, FunctionName=name)[0] == "AccessDeniedException"


def test_a_key_needs_its_own_policy(user, root):
    kms = root("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    assert error_of(user.client("kms").encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    user.may(allow(["kms:Encrypt", "kms:Decrypt"], key))
    blob = user.client("kms").encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    assert user.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
    assert base64.b64encode(b"secret") not in blob
    # Without the statement that lets the account's policies decide, those do not count.
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(
        statement("Allow", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:PutKeyPolicy", "*")))
    assert error_of(user.client("kms").encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"


def test_tables_need_permission_in_batches_and_transactions(user, root):
    dynamodb = root("dynamodb")
    for name in ("mine", "other"):
        dynamodb.create_table(TableName=f"{user.name}-{name}", BillingMode="PAY_PER_REQUEST",
                              KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                              AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
    mine, other = f"{user.name}-mine", f"{user.name}-other"
    user.may(allow(["dynamodb:BatchWriteItem", "dynamodb:PutItem"], f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{mine}"))
    client = user.client("dynamodb")
    put = {"PutRequest": {"Item": {"k": {"S": "a"}}}}
    client.batch_write_item(RequestItems={mine: [put]})
    assert error_of(client.batch_write_item, RequestItems={mine: [put], other: [put]})[0] == "AccessDeniedException"
    item = {"Put": {"TableName": mine, "Item": {"k": {"S": "b"}}}}
    client.transact_write_items(TransactItems=[item])
    both = [item, {"Delete": {"TableName": mine, "Key": {"k": {"S": "a"}}}}]
    assert error_of(client.transact_write_items, TransactItems=both)[0] == "AccessDeniedException"
