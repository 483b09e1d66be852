"""Runs all-mpnet-base-v2 over many texts without padding.

The tokens of many texts lie one after the other, as one row for the linear layers, which take most of the
time; attention runs once for all texts of a length, which need no mask. Half of what a padded batch of
sentences costs (docs/alignment.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor
    from transformers import MPNetModel
    from transformers.models.mpnet.modeling_mpnet import MPNetLayer, MPNetSelfAttention

_PACK_TOKENS = 2_048
"""Tokens of a pack: 1,024 are as quick, 256 a fifth slower; 25 MB of intermediate values."""
_FIRST_POSITION = 2
"""Position of a text's first token: MPNet counts from its padding token's number, 1."""


class _Group(NamedTuple):
    """Texts of one length in a pack."""

    tokens: slice
    """Where their tokens lie in the pack."""
    texts: int
    length: int
    """Tokens of each."""
    bias: Tensor
    """What the distance of two tokens adds to their attention: shape (1, heads, length, length)."""


def encode_packed(model: SentenceTransformer, texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of the texts, float32, in their order; the same as the model's own `encode` gives.

    A text is cut at the model's 384 tokens.
    """
    import torch

    encoder = cast("MPNetModel", model[0].auto_model)
    tokens: list[list[int]] = model.tokenizer(list(texts), truncation=True)["input_ids"]
    vectors = np.empty((len(texts), encoder.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for pack in _packs([len(row) for row in tokens]):
            vectors[pack] = _mean_vectors(encoder, [tokens[index] for index in pack]).numpy()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _packs(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions by rising length; as many to a pack as its tokens allow, and at least one."""
    pack: list[int] = []
    size = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if pack and size + lengths[index] > _PACK_TOKENS:
            yield pack
            pack, size = [], 0
        pack.append(index)
        size += lengths[index]
    if pack:
        yield pack


def _mean_vectors(model: MPNetModel, rows: list[list[int]]) -> Tensor:
    """The mean of each text's last hidden states; `rows` are token numbers, by rising length."""
    import torch

    groups = list(_groups(model, [len(row) for row in rows]))
    tokens = torch.tensor([token for row in rows for token in row])
    positions = torch.cat([torch.arange(len(row)) for row in rows]) + _FIRST_POSITION
    states: Tensor = model.embeddings(input_ids=tokens[None], position_ids=positions[None])[0]
    for layer in cast("Iterable[MPNetLayer]", model.encoder.layer):
        attention = layer.attention
        attended = attention.LayerNorm(_attention(attention.attn, states, groups) + states)
        states = layer.output(layer.intermediate(attended), attended)
    return torch.cat(
        [states[group.tokens].float().view(group.texts, group.length, -1).mean(dim=1) for group in groups]
    )


def _groups(model: MPNetModel, lengths: list[int]) -> Iterator[_Group]:
    start = 0
    for length, members in groupby(lengths):
        count = len(list(members))
        # The encoder reads no more of its argument than the shape and the device.
        bias = model.encoder.compute_position_bias(
            model.embeddings.word_embeddings.weight.new_empty(1, length)
        )
        yield _Group(slice(start, start + count * length), count, length, bias)
        start += count * length


def _attention(layer: MPNetSelfAttention, states: Tensor, groups: list[_Group]) -> Tensor:
    import torch

    heads = layer.num_attention_heads
    projected = layer.q(states), layer.k(states), layer.v(states)
    context = torch.empty_like(states)
    for group in groups:
        query, key, value = (
            tensor[group.tokens].view(group.texts, group.length, heads, -1).transpose(1, 2)
            for tensor in projected
        )
        found = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=group.bias)
        context[group.tokens] = found.transpose(1, 2).reshape(group.texts * group.length, -1)
    return cast("Tensor", layer.o(context))
