"""Messages of workers: packing is reversible, and anything that is not a message only gives an error."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reference import ReferenceAdapter
from adapters.running import engine
from adapters.workers import messages
from specs.errors import SpecError
from tests.suite.generated import PROGRAMS

SCALARS = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.binary()
PLAIN = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def message(text, blobs=b""):
    return len(text).to_bytes(4, "big") + text + blobs


@given(plain=PLAIN.filter(lambda plain: "'bytes'" not in repr(plain)))
def test_what_is_packed_is_unpacked(plain):
    assert messages.unpack(messages.pack(plain)) == plain


@given(program=PROGRAMS)
def test_traces_are_packed_and_unpacked(program):
    plain = engine.run(ReferenceAdapter(), program).to_wire()
    assert messages.unpack(messages.pack(plain)) == plain


@given(junk=st.binary() | st.builds(message, st.binary(), st.binary()))
def test_junk_is_refused_or_something_plain(junk):
    with contextlib.suppress(SpecError):
        messages.unpack(junk)


@given(plain=PLAIN, data=st.data())
def test_a_message_that_is_cut_anywhere_is_refused(plain, data):
    whole = messages.pack(plain)
    with pytest.raises(SpecError):
        messages.unpack(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"", ["not valid"]),
        (b"\xff", ["not valid"]),
        (b"[" * 10000 + b"]" * 10000, ["not valid"]),
        (b"9" * 5000, ["5000 digits", "up to 20"]),
        (b"NaN", ["NaN"]),
        (b"[-Infinity]", ["-Infinity"]),
        (b'{"bytes": 1}', ["1 bytes from byte 16 of 16"]),
        (b'{"bytes": -1}', ["-1 bytes"]),
    ],
    ids=lambda value: str(value[:12]),
)
def test_what_is_no_message_is_refused_with_the_cause(text, parts):
    with pytest.raises(SpecError) as caught:
        messages.unpack(message(text))
    assert [part for part in ("message", *parts) if part not in str(caught.value)] == [], str(caught.value)


def test_bytes_that_nothing_speaks_of_are_refused():
    with pytest.raises(SpecError, match="9 bytes where 8 were declared"):
        messages.unpack(message(b"null", b"x"))


def test_a_long_text_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(messages, "LONGEST_TEXT", 10)
    with pytest.raises(SpecError, match="a text of 11 bytes"):
        messages.unpack(message(b'"123456789"'))


@pytest.mark.parametrize("value", [object(), 1j, {1, 2}, bytearray(b"x"), memoryview(b"x")])
def test_what_is_not_plain_is_not_packed(value):
    with pytest.raises(TypeError):
        messages.pack([value])
