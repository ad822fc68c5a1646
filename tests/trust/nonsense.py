"""Generators of unexpected texts and JSON values."""

from hypothesis import strategies as st

# Texts that have broken other programs: separators of our keys, line ends, look-alikes, lone surrogates, long texts.
pieces = st.sampled_from(
    (*"#\n\0\ud800\u202e\u00e9", "e\u0301", "anna", "boris", "\uff41nna", "\u0430nna", "USER#", "TASK#")
)
nasty = st.lists(pieces | st.text(max_size=5), max_size=6).map("".join)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | nasty,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(nasty, inner, max_size=4),
    max_leaves=8,
)
