"""The same weights in ONNX Runtime and OpenVINO, for the comparison in embedding_speed.py."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from courseai.quality.embeddings import Vectors

Encode = Callable[[list[str]], Vectors]
_LONGEST = 384
_INPUTS = ("input_ids", "attention_mask")


class _States(torch.nn.Module):
    """Token ids and mask to the last hidden states: what both exporters can trace."""

    def __init__(self, transformer: torch.nn.Module) -> None:
        super().__init__()
        self.transformer = transformer

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        output = self.transformer(input_ids=input_ids, attention_mask=attention_mask)
        return output.last_hidden_state  # type: ignore[no-any-return]


def onnx_encoder(model: SentenceTransformer, folder: Path, batch: int) -> Encode | None:
    """One thread, float32; None where the packages are missing."""
    runtime = _package("onnxruntime")
    if runtime is None or _package("onnx") is None:
        return None
    path = folder / "mpnet.onnx"
    if not path.exists():
        axes = {name: {0: "batch", 1: "tokens"} for name in (*_INPUTS, "states")}
        torch.onnx.export(
            *_traced(model), str(path), input_names=list(_INPUTS), output_names=["states"],
            dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return _encoder(model, batch, lambda inputs: session.run(None, inputs)[0])


def openvino_encoder(model: SentenceTransformer, folder: Path, batch: int, precision: str) -> Encode | None:
    """One thread, 'f32' or 'bf16'; None where the package is missing."""
    openvino = _package("openvino")
    if openvino is None:
        return None
    path = folder / "mpnet.xml"
    if not path.exists():
        states, example = _traced(model)
        converted = openvino.convert_model(states, example_input=example)
        openvino.save_model(converted, str(path), compress_to_fp16=False)
    settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 1}
    compiled = openvino.compile_model(str(path), "CPU", settings)
    return _encoder(model, batch, lambda inputs: compiled([inputs[name] for name in _INPUTS])[0])


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _traced(model: SentenceTransformer) -> tuple[torch.nn.Module, tuple[torch.Tensor, torch.Tensor]]:
    example = (torch.randint(5, 1_000, (2, 12)), torch.ones(2, 12, dtype=torch.long))
    return _States(model[0].auto_model).eval(), example


def _encoder(model: SentenceTransformer, batch: int, run: Callable[[dict[str, Vectors]], Vectors]) -> Encode:
    """Sorted by length, mean over tokens, as sentence-transformers does."""

    def encode(texts: list[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        rows: list[Vectors] = []
        for start in range(0, len(order), batch):
            chosen = [texts[index] for index in order[start : start + batch]]
            read = model.tokenizer(
                chosen, padding=True, truncation=True, max_length=_LONGEST, return_tensors="np"
            )
            inputs = {name: np.asarray(read[name], np.int64) for name in _INPUTS}
            mask = inputs["attention_mask"][:, :, None]
            rows.extend((run(inputs) * mask).sum(axis=1) / mask.sum(axis=1))
        return np.asarray(
            [row for _, row in sorted(zip(order, rows, strict=True), key=lambda item: item[0])], np.float32
        )

    return encode
