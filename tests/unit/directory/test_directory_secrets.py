"""Secrets at rest: they open in their place, with their key, unaltered, and nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Misconfigured, Unreadable
from kernel.secrets import Keyring, Place, hash_of, new_api_key, new_signing_secret
from kernel.settings import Settings

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
HOME = Place("demo", "api_key.signing_secret", "k1")
KEYS = Keyring([OLD])


def settings(*keys: bytes, local: bool = False) -> Settings:
    text = ",".join(base64.b64encode(key).decode() for key in keys)
    return Settings(secret_key=text, local=local)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_secret_opens_in_its_place(secret: str) -> None:
    assert KEYS.open(KEYS.seal(secret, HOME), HOME) == secret


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("other", "api_key.signing_secret", "k1"),
        Place("demo", "request.callback_secret", "k1"),
        Place("demo", "api_key.signing_secret", "k2"),
        Place("dem", "oapi_key.signing_secret", "k1"),
    ],
)
def test_a_secret_moved_elsewhere_does_not_open(elsewhere: Place) -> None:
    with pytest.raises(Unreadable):
        KEYS.open(KEYS.seal("hush", HOME), elsewhere)


def test_a_secret_altered_anywhere_does_not_open() -> None:
    sealed = KEYS.seal("hush", HOME)
    for index in range(len(sealed)):
        altered = bytearray(sealed)
        altered[index] ^= 1
        with pytest.raises(Unreadable):
            KEYS.open(bytes(altered), HOME)
    for length in range(len(sealed)):
        with pytest.raises(Unreadable):
            KEYS.open(sealed[:length], HOME)


def test_the_same_secret_never_looks_the_same_and_never_shows() -> None:
    one, other = KEYS.seal("whsec_hush", HOME), KEYS.seal("whsec_hush", HOME)
    assert one != other
    assert b"whsec_" not in one


def test_a_new_key_seals_while_the_old_one_still_opens() -> None:
    sealed = KEYS.seal("hush", HOME)
    rotating = Keyring([NEW, OLD])
    assert rotating.open(sealed, HOME) == "hush"
    assert not rotating.is_current(sealed)
    renewed = rotating.seal("hush", HOME)
    assert rotating.is_current(renewed)
    with pytest.raises(Unreadable):
        Keyring([NEW]).open(sealed, HOME)
    assert Keyring([NEW]).open(renewed, HOME) == "hush"


def test_each_purpose_and_each_master_has_a_key_of_its_own() -> None:
    other = Keyring([NEW])
    keys = {KEYS.subkey("seal"), KEYS.subkey("jwt"), other.subkey("seal"), other.subkey("jwt")}
    assert len(keys) == 4
    assert not keys & {OLD, NEW}
    assert KEYS.subkey("seal") == Keyring([NEW, OLD]).subkey("seal", KEYS.current)


def test_a_mark_tells_texts_apart_only_for_those_with_the_key() -> None:
    assert KEYS.mark("a", "x") == Keyring([OLD]).mark("a", "x")
    assert len({KEYS.mark("a", "x"), KEYS.mark("a", "y"), KEYS.mark("b", "x")}) == 3
    assert KEYS.mark("a", "x") != Keyring([NEW]).mark("a", "x")


def test_outside_the_local_stack_nothing_starts_without_a_key() -> None:
    with pytest.raises(Misconfigured, match="HANDRAISE_SECRET_KEY is not set"):
        Keyring.of(settings())
    with pytest.raises(Misconfigured, match="HANDRAISE_SECRET_KEY is not set"):
        Keyring.of(Settings(secret_key=" , "))
    assert Keyring.of(settings(local=True)).key_ids()


def test_the_local_stacks_own_key_is_refused_elsewhere() -> None:
    from kernel import secrets  # noqa: PLC0415

    known = settings(secrets._local_master)
    with pytest.raises(Misconfigured, match="everyone knows"):
        Keyring.of(known)


@pytest.mark.parametrize(
    "text", ["short", "A" * 44, "!" * 44, base64.b64encode(b"x" * 31).decode()]
)
def test_a_key_that_is_none_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Keyring.of(Settings(secret_key=text))
    assert text not in str(caught.value)


def test_several_keys_are_read_the_current_one_first() -> None:
    assert Keyring.of(settings(NEW, OLD)).current == Keyring([NEW]).current


def test_new_keys_and_secrets_are_fresh_and_in_their_form() -> None:
    key, other = new_api_key(), new_api_key()
    prefix, key_id, secret = key.bearer.split("_")
    assert (prefix, key_id) == ("hr", key.id)
    assert key.secret_hash == hash_of(secret)
    assert len(bytes.fromhex(secret)) == 32
    assert key.bearer != other.bearer
    signing = new_signing_secret()
    assert signing.startswith("whsec_")
    assert len(base64.b64decode(signing.removeprefix("whsec_"))) == 32
    assert signing != new_signing_secret()
