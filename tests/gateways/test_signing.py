"""The recorded signatures of real callers, and signing and checking of whatever text there is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.gateways import signing

SECRET = "testsecret"
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def rpc_of(method: str, query: str, form: str = "") -> tuple[str, str, str]:
    """(string to sign, our signature, the signature in the request)."""
    parameters = dict(signing.decode_pairs(query)) | dict(signing.decode_pairs(form))
    string_to_sign = signing.rpc_string_to_sign(method, parameters)
    return string_to_sign, signing.rpc_signature(SECRET, string_to_sign), parameters.get("Signature", "")


def test_the_public_sample_of_rpc_v1_is_signed_alike() -> None:
    string_to_sign = (
        "GET&%2F&AccessKeyId%3Dtestid%26Action%3DDescribeRegions%26Format%3DXML%26SignatureMethod%3DHMAC-SHA1"
        "%26SignatureNonce%3D3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf%26SignatureVersion%3D1.0"
        "%26Timestamp%3D2016-02-23T12%253A46%253A24Z%26Version%3D2014-05-26"
    )
    query = (
        "Timestamp=2016-02-23T12:46:24Z&Format=XML&AccessKeyId=testid&Action=DescribeRegions"
        "&SignatureMethod=HMAC-SHA1&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&Version=2014-05-26"
        "&SignatureVersion=1.0"
    )
    assert rpc_of("GET", query)[:2] == (string_to_sign, "OLeaidS1JvxuMvnyHOwuJ+uX5qY=")


def test_odd_characters_and_empty_parameters_are_signed_as_the_sdk_signs_them() -> None:
    query = (
        "Name=p%20~%2A%2F%2B%C3%A9%26%3D&Description=d%27d&Version=2016-04-08&Action=CreateFlowProject"
        "&Format=JSON&RegionId=cn-hangzhou&Timestamp=2026-11-21T19%3A18%3A52Z&SignatureMethod=HMAC-SHA1"
        "&SignatureType=&SignatureVersion=1.0&SignatureNonce=9b9dd00b4dc2bfe82fbe8b14f9b826bb"
        "&AccessKeyId=testak&Signature=L55SPoO0d79hbkLuvXq827z62xA%3D"
    )
    string_to_sign, ours, theirs = rpc_of("POST", query)
    assert string_to_sign == (
        "POST&%2F&AccessKeyId%3Dtestak%26Action%3DCreateFlowProject%26Description%3Dd%2527d%26Format%3DJSON"
        "%26Name%3Dp%2520~%252A%252F%252B%25C3%25A9%2526%253D%26RegionId%3Dcn-hangzhou"
        "%26SignatureMethod%3DHMAC-SHA1%26SignatureNonce%3D9b9dd00b4dc2bfe82fbe8b14f9b826bb"
        "%26SignatureType%3D%26SignatureVersion%3D1.0%26Timestamp%3D2026-11-21T19%253A18%253A52Z"
        "%26Version%3D2016-04-08"
    )
    assert ours == theirs == "L55SPoO0d79hbkLuvXq827z62xA="


def test_query_and_form_are_signed_as_one() -> None:
    query = (
        "Name=j&Type=SHELL&Adhoc=True&MaxRetry=3&Version=2016-04-08&Action=CreateFlowJob&Format=JSON"
        "&RegionId=cn-hangzhou&Timestamp=2026-11-21T19%3A18%3A52Z&SignatureMethod=HMAC-SHA1&SignatureType="
        "&SignatureVersion=1.0&SignatureNonce=043adeafeddfa49558fa7ba6baca2c51&AccessKeyId=testak"
        "&Signature=s3L1STTg1bqTEpWPwBwUpIDXwxQ%3D"
    )
    form = (
        "Params=echo+%22hi%22+%26%26+ls+-l+%2Ftmp%0Aexit+0&ResourceList.1.Path=oss%3A%2F%2Fa%2Fb.jar"
        "&ResourceList.1.Alias=b.jar&ResourceList.2.Path=oss%3A%2F%2Fc&Description=x+y"
        "&ParamConf=%7B%22date%22%3A%22%24%7Byyyy-MM-dd%7D%22%7D"
    )
    _, ours, theirs = rpc_of("POST", query, form)
    assert ours == theirs == "s3L1STTg1bqTEpWPwBwUpIDXwxQ="


def headers_of_the_newer_sdk(**changed: str) -> dict[str, str]:
    return {
        "accept": "application/json",
        "host": "127.0.0.1:18099",
        "user-agent": "AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2",
        "x-acs-action": "CreateFlowProject",
        "x-acs-content-sha256": EMPTY_HASH,
        "x-acs-credentials-provider": "static_ak",
        "x-acs-date": "2026-11-21T19:18:55Z",
        "x-acs-signature-nonce": "f6e495a69e69f589c2d80ab7e1ad8c8d",
        "x-acs-version": "2016-04-08",
    } | {name.replace("_", "-"): value for name, value in changed.items()}


def acs3_of(query: str, headers: dict[str, str], body: bytes = b"") -> tuple[str, str]:
    """(canonical request, signature), with all headers signed."""
    canonical = signing.acs3_canonical_request(
        "POST",
        "/",
        signing.decode_pairs(query),
        signing.acs3_header_block(headers, sorted(headers)),
        signing.sha256_hex(body),
    )
    return canonical, signing.acs3_signature(SECRET, signing.acs3_string_to_sign(canonical))


def test_acs3_without_a_body_is_signed_as_recorded() -> None:
    canonical, signature = acs3_of(
        "Description=d%27d&Name=p+~%2A%2F%2B%C3%A9%26%3D&RegionId=cn-hangzhou", headers_of_the_newer_sdk()
    )
    assert canonical == "\n".join(
        (
            "POST",
            "/",
            "Description=d%27d&Name=p%20~%2A%2F%2B%C3%A9%26%3D&RegionId=cn-hangzhou",
            "accept:application/json",
            "host:127.0.0.1:18099",
            "user-agent:AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2",
            "x-acs-action:CreateFlowProject",
            f"x-acs-content-sha256:{EMPTY_HASH}",
            "x-acs-credentials-provider:static_ak",
            "x-acs-date:2026-11-21T19:18:55Z",
            "x-acs-signature-nonce:f6e495a69e69f589c2d80ab7e1ad8c8d",
            "x-acs-version:2016-04-08",
            "",
            "accept;host;user-agent;x-acs-action;x-acs-content-sha256;x-acs-credentials-provider;x-acs-date;"
            "x-acs-signature-nonce;x-acs-version",
            EMPTY_HASH,
        )
    )
    assert signature == "9ca297cadc4f8493ee87a9244c2cbfe0144ca5614e9a33c6d8240baf60b5dbea"


def test_acs3_with_a_form_is_signed_as_recorded() -> None:
    body = (
        b"Description=x+y&Params=echo+%22hi%22+%26%26+ls+-l+%2Ftmp%0Aexit+0&ResourceList.1.Alias=b.jar"
        b"&ResourceList.1.Path=oss%3A%2F%2Fa%2Fb.jar&ResourceList.2.Path=oss%3A%2F%2Fc"
    )
    body_hash = "f05c9e618ae5c2e9f7b0b236aa4a107bda4bbc01fcfd1a429a2431d7501cf6cc"
    assert signing.sha256_hex(body) == body_hash
    headers = headers_of_the_newer_sdk(
        x_acs_action="CreateFlowJob",
        x_acs_signature_nonce="7f656676aa33e1c3678610c9f0aa11de",
        x_acs_content_sha256=body_hash,
        content_type="application/x-www-form-urlencoded",
    )
    query = "Adhoc=True&MaxRetry=3&Name=j&ProjectId=FP-1&RegionId=cn-hangzhou&Type=SHELL"
    assert (
        acs3_of(query, headers, body)[1] == "ef92a97e2eaac142f55685ddd5fd0f6c66b69d05563311940f5dd5d228269935"
    )


def test_the_authorization_header_is_read_with_and_without_blanks() -> None:
    tight = "ACS3-HMAC-SHA256 Credential=ak,SignedHeaders=host;x-acs-date,Signature=AB12"
    for text in (tight, tight.replace(",", ", ")):
        read = signing.parse_acs3_authorization(text)
        assert read == signing.Acs3Authorization("ak", ("host", "x-acs-date"), "ab12")


def test_a_malformed_authorization_header_is_not_read() -> None:
    for text in ("", "ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 Credential=ak", "Basic YTpi"):
        assert signing.parse_acs3_authorization(text) is None


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.dictionaries(words.filter(bool), words, max_size=6), words)
def test_a_signature_holds_for_every_spelling_of_the_same_parameters(
    parameters: dict[str, str], secret: str
) -> None:
    spelt = "&".join(
        f"{signing.percent_encode(k)}={signing.percent_encode(v)}" for k, v in parameters.items()
    )
    with_plus = spelt.replace("%20", "+").replace("%7E", "~")
    expected = signing.rpc_string_to_sign("GET", parameters)
    for query in (spelt, with_plus):
        read = dict(signing.decode_pairs(query))
        assert signing.rpc_string_to_sign("get", read) == expected
    assert signing.same(signing.rpc_signature(secret, expected), signing.rpc_signature(secret, expected))


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_bytes_that_are_no_text_keep_their_signature(name: bytes, value: bytes) -> None:
    def encode(data: bytes) -> str:
        return "".join(f"%{byte:02X}" for byte in data)

    [(read_name, read_value)] = signing.decode_pairs(f"n{encode(name)}={encode(value)}")
    assert read_name.encode("utf-8", "surrogateescape") == b"n" + name
    assert signing.decode_pairs(f"a={signing.percent_encode(read_value)}") == [("a", read_value)]


@given(st.dictionaries(words.filter(bool), words, min_size=1, max_size=4), words, words.filter(bool))
def test_a_changed_value_or_secret_breaks_the_signature(
    parameters: dict[str, str], secret: str, extra: str
) -> None:
    signed = signing.rpc_signature(secret, signing.rpc_string_to_sign("POST", parameters))
    name = next(iter(parameters))
    changed = parameters | {name: parameters[name] + extra}
    if name != "Signature":
        assert signed != signing.rpc_signature(secret, signing.rpc_string_to_sign("POST", changed))
    assert signed != signing.rpc_signature(secret + extra, signing.rpc_string_to_sign("POST", parameters))
