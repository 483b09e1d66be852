"""Only what a reader reads as prose counts, and nothing of it is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from courseai.quality.prose import LONGEST_SENTENCE, paragraphs, sentences

LESSON = """# Osmosis

Water *moves* through a [membrane](https://example.org). Dr. Smith showed it, e.g. with
potatoes.

- Salt draws water out
- Sugar does **too**

| Solute | Effect |
|---|---|
| salt | strong |

```python
print("not prose")
```
"""


def test_markup_headings_and_code_are_left_out() -> None:
    assert sentences(LESSON) == [
        "Water moves through a membrane.",
        "Dr. Smith showed it, e.g. with potatoes.",
        "Salt draws water out",
        "Sugar does too",
        "Solute, Effect",
        "salt, strong",
    ]


def test_a_text_without_punctuation_is_read_whole() -> None:
    text = " ".join(f"word{number}" for number in range(200))
    pieces = sentences(text)
    assert " ".join(pieces) == text
    assert max(len(piece.split()) for piece in pieces) == LONGEST_SENTENCE


def test_spanish_sentences_are_split() -> None:
    assert sentences("¿Qué es el arte? El Sr. Goya pintó mucho.", "es") == [
        "¿Qué es el arte?",
        "El Sr. Goya pintó mucho.",
    ]


@given(st.text())
def test_no_text_crashes_it_and_no_sentence_is_empty(text: str) -> None:
    assert all(sentences(text))


@given(st.lists(st.sampled_from(["Aa", "bb", "cc."]), min_size=1))
def test_plain_words_are_kept_in_order(words: list[str]) -> None:
    text = " ".join(words)
    assert " ".join(paragraphs(text)) == text
    assert " ".join(sentences(text)) == text
