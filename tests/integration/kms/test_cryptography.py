"""What keys do: encryption, data keys, signatures, MACs."""

import hashlib

import pytest

DRY_RUN = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
WRONG_KEY = (
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
)


def test_encryption_has_its_context(kms, new_key, refused):
    made = new_key()
    key, arn = made["KeyId"], made["Arn"]
    context = {"tenant": "a", "": "empty"}
    encrypted = kms.encrypt(KeyId=key, Plaintext=b"\0text\xff", EncryptionContext=context)
    assert (encrypted["KeyId"], encrypted["EncryptionAlgorithm"]) == (arn, "SYMMETRIC_DEFAULT")
    blob = encrypted["CiphertextBlob"]
    for named in ({}, {"KeyId": key}, {"KeyId": arn}):
        answer = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context, **named)
        assert (answer["Plaintext"], answer["KeyId"]) == (b"\0text\xff", arn)
        assert answer["KeyMaterialId"] == made["CurrentKeyMaterialId"]
    for wrong in ({}, {"tenant": "a"}, {**context, "more": "x"}, {"tenant": "b", "": "empty"}):
        assert refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong) == ("InvalidCiphertextException", "")
    damaged = blob[:-1] + bytes([blob[-1] ^ 1])
    for bad in (damaged, blob[:40], b"x"):
        assert refused(kms.decrypt, CiphertextBlob=bad, EncryptionContext=context)[0] == "InvalidCiphertextException"
    other = new_key()["KeyId"]
    assert refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context, KeyId=other) == WRONG_KEY
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True) == DRY_RUN
    assert refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context, DryRun=True) == DRY_RUN


def test_plaintexts_have_bounds(kms, key, refused):
    largest = b"x" * 4096
    assert kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=largest)["CiphertextBlob"])["Plaintext"] == largest
    text = "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length "
    assert refused(kms.encrypt, KeyId=key, Plaintext=largest + b"x") == (
        "ValidationException",
        text + "less than or equal to 4096",
    )
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"") == (
        "ValidationException",
        text + "greater than or equal to 1",
    )


@pytest.mark.parametrize("algorithm, most", [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)])
def test_rsa_encryption(kms, new_key, refused, algorithm, most):
    made = new_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    assert made["EncryptionAlgorithms"] == ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
    key = made["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x" * most, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    answer = kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
    assert answer["Plaintext"] == b"x" * most and "KeyMaterialId" not in answer
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x" * (most + 1), EncryptionAlgorithm=algorithm) == (
        "ValidationException",
        f"Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than {most} bytes.",
    )
    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x") == (
        "InvalidKeyUsageException",
        "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
    )
    damaged = blob[:-1] + bytes([blob[-1] ^ 1])
    for bad in (damaged, b"x"):
        code, _ = refused(kms.decrypt, KeyId=key, CiphertextBlob=bad, EncryptionAlgorithm=algorithm)
        assert code == "InvalidCiphertextException"
    assert refused(kms.decrypt, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)[0] == "ValidationException"


def test_re_encryption(kms, new_key, refused):
    one, two = new_key(), new_key()
    blob = kms.encrypt(KeyId=one["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    members = {"CiphertextBlob": blob, "SourceEncryptionContext": {"a": "b"}, "DestinationKeyId": two["KeyId"]}
    moved = kms.re_encrypt(**members, DestinationEncryptionContext={"c": "d"})
    assert (moved["SourceKeyId"], moved["KeyId"]) == (one["Arn"], two["Arn"])
    assert moved["SourceEncryptionAlgorithm"] == moved["DestinationEncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert moved["SourceKeyMaterialId"] == one["CurrentKeyMaterialId"]
    answer = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"c": "d"})
    assert (answer["Plaintext"], answer["KeyId"]) == (b"x", two["Arn"])
    mac = new_key(KeySpec="HMAC_224", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    assert refused(kms.re_encrypt, **members, SourceKeyId=mac) == WRONG_KEY
    assert refused(kms.re_encrypt, **members, DryRun=True) == DRY_RUN


def test_data_keys(kms, new_key, refused):
    made = new_key()
    key = made["KeyId"]
    for wanted, size in (({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)):
        answer = kms.generate_data_key(KeyId=key, EncryptionContext={"a": "b"}, **wanted)
        assert len(answer["Plaintext"]) == size and answer["KeyId"] == made["Arn"]
        opened = kms.decrypt(CiphertextBlob=answer["CiphertextBlob"], EncryptionContext={"a": "b"})
        assert opened["Plaintext"] == answer["Plaintext"]
        hidden = kms.generate_data_key_without_plaintext(KeyId=key, **wanted)
        assert "Plaintext" not in hidden
        assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == size
    neither = ("ValidationException", "Please specify either number of bytes or key spec.")
    assert refused(kms.generate_data_key, KeyId=key) == neither
    assert refused(kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=1) == neither
    assert refused(kms.generate_data_key, KeyId=key, KeySpec="AES_256", DryRun=True) == DRY_RUN


def test_data_key_pairs(kms, new_key, refused):
    from cryptography.hazmat.primitives import serialization

    key = new_key()["KeyId"]
    for spec in ("RSA_2048", "ECC_NIST_P256"):
        pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext={"a": "b"})
        private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        assert public == pair["PublicKey"] and pair["KeyPairSpec"] == spec
        opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
        assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="ECC_NIST_P521")
    assert "PrivateKeyPlaintext" not in hidden
    serialization.load_der_private_key(kms.decrypt(CiphertextBlob=hidden["PrivateKeyCiphertextBlob"])["Plaintext"], None)
    assert refused(kms.generate_data_key_pair, KeyId=key, KeyPairSpec="RSA_4096", DryRun=True) == DRY_RUN


def test_random_bytes(kms, refused):
    assert len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024
    assert refused(kms.generate_random) == ("ValidationException", "NumberOfBytes is required.")
    assert refused(kms.generate_random, NumberOfBytes=1025) == (
        "ValidationException",
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value "
        "less than or equal to 1024",
    )


SIGNATURES = [
    ("RSA_2048", "RSASSA_PSS_SHA_256"),
    ("RSA_2048", "RSASSA_PSS_SHA_512"),
    ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_384"),
    ("ECC_NIST_P256", "ECDSA_SHA_256"),
    ("ECC_NIST_P384", "ECDSA_SHA_384"),
    ("ECC_NIST_P521", "ECDSA_SHA_512"),
    ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
]


def verify_elsewhere(public_key, algorithm, message, signature):
    """With the public key alone, by another library; raises an exception for a bad signature."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    key = serialization.load_der_public_key(public_key)
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm[-3:]]
    if algorithm.startswith("ECDSA"):
        key.verify(signature, message, ec.ECDSA(digest))
    elif "PSS" in algorithm:
        key.verify(signature, message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    else:
        key.verify(signature, message, padding.PKCS1v15(), digest)


@pytest.mark.parametrize("spec, algorithm", SIGNATURES)
def test_signatures(kms, new_key, refused, spec, algorithm):
    made = new_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")
    key = made["KeyId"]
    message = b"message"
    digest = hashlib.new("sha" + algorithm[-3:], message).digest()
    signed = kms.sign(KeyId=key, Message=message, SigningAlgorithm=algorithm)
    assert (signed["KeyId"], signed["SigningAlgorithm"]) == (made["Arn"], algorithm)
    members = {"KeyId": key, "SigningAlgorithm": algorithm, "Signature": signed["Signature"]}
    answer = kms.verify(**members, Message=digest, MessageType="DIGEST")
    assert (answer["SignatureValid"], answer["KeyId"]) == (True, made["Arn"])
    assert refused(kms.verify, **members, Message=b"another") == ("KMSInvalidSignatureException", "")
    bad_digest = ("ValidationException", f"Digest is invalid length for algorithm {algorithm}.")
    assert refused(kms.verify, **members, Message=b"x", MessageType="DIGEST") == bad_digest
    assert refused(kms.sign, KeyId=key, Message=b"x", MessageType="DIGEST", SigningAlgorithm=algorithm) == bad_digest
    public = kms.get_public_key(KeyId=key)
    assert (public["KeySpec"], public["KeyUsage"]) == (spec, "SIGN_VERIFY")
    assert algorithm in public["SigningAlgorithms"]
    verify_elsewhere(public["PublicKey"], algorithm, message, signed["Signature"])
    assert refused(kms.sign, KeyId=key, Message=b"x", SigningAlgorithm=algorithm, DryRun=True) == DRY_RUN


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_macs(kms, new_key, refused, bits):
    made = new_key(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")
    key, algorithm = made["KeyId"], f"HMAC_SHA_{bits}"
    answer = kms.generate_mac(KeyId=key, Message=b"message", MacAlgorithm=algorithm)
    assert (answer["KeyId"], len(answer["Mac"])) == (made["Arn"], bits // 8)
    members = {"KeyId": key, "MacAlgorithm": algorithm, "Mac": answer["Mac"]}
    assert kms.verify_mac(**members, Message=b"message")["MacValid"] is True
    assert refused(kms.verify_mac, **members, Message=b"other") == ("KMSInvalidMacException", "")
    other = "HMAC_SHA_256" if bits != 256 else "HMAC_SHA_512"
    assert refused(kms.generate_mac, KeyId=key, Message=b"x", MacAlgorithm=other) == (
        "InvalidKeyUsageException",
        f"Algorithm {other} is incompatible with key spec HMAC_{bits}.",
    )
    assert refused(kms.generate_mac, KeyId=key, Message=b"x", MacAlgorithm="INVALID") == (
        "ValidationException",
        "1 validation error detected: Value 'INVALID' at 'macAlgorithm' failed to satisfy constraint: Member must satisfy "
        "enum value set: [HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512]",
    )
    assert refused(kms.verify_mac, **members, Message=b"message", DryRun=True) == DRY_RUN


def test_keys_do_only_what_their_usage_says(kms, new_key, refused):
    symmetric = new_key()
    mac = new_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    signer = new_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")

    def wrong(key, operation):
        usage = key["KeyUsage"]
        return "InvalidKeyUsageException", f"{key['Arn']} key usage is {usage} which is not valid for {operation}."

    signing = {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert refused(kms.generate_mac, KeyId=symmetric["KeyId"], Message=b"x", MacAlgorithm="HMAC_SHA_256") == wrong(
        symmetric, "GenerateMac"
    )
    assert refused(kms.sign, KeyId=mac["KeyId"], **signing) == wrong(mac, "Sign")
    assert refused(kms.verify, KeyId=symmetric["KeyId"], **signing, Signature=b"x") == wrong(symmetric, "Verify")
    assert refused(kms.encrypt, KeyId=signer["KeyId"], Plaintext=b"x") == wrong(signer, "Encrypt")
    assert refused(kms.generate_data_key, KeyId=mac["KeyId"], KeySpec="AES_256") == wrong(mac, "GenerateDataKey")
    blob = kms.encrypt(KeyId=symmetric["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert refused(kms.decrypt, CiphertextBlob=blob, KeyId=mac["KeyId"]) == WRONG_KEY
    assert refused(kms.get_public_key, KeyId=symmetric["KeyId"])[0] == "UnsupportedOperationException"
