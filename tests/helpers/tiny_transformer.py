"""Transformers on sound of two layers with random weights, as `save_pretrained` writes them."""

from __future__ import annotations

from pathlib import Path

import pytest


def tiny_transformer(folder: Path, kind: str) -> str:
    """A transformer of two layers with random weights, as `save_pretrained` writes it."""
    transformers = pytest.importorskip("transformers", reason="needs pip install 'vox-embed[transformers]'")
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    small = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    waves = small | {
        "conv_dim": (8, 8), "conv_kernel": (10, 8), "conv_stride": (10, 8), "num_feat_extract_layers": 2,
        "num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2,
    }  # fmt: skip
    if kind == "whisper":
        config = transformers.WhisperConfig(
            d_model=16, encoder_layers=2, decoder_layers=1, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, vocab_size=20,
            pad_token_id=0, bos_token_id=0, eos_token_id=0, decoder_start_token_id=0,
        )  # fmt: skip
        model, processor = transformers.WhisperModel(config), transformers.WhisperFeatureExtractor()
    elif kind == "ast":
        model = transformers.ASTModel(transformers.ASTConfig(**small, max_length=128))
        processor = transformers.ASTFeatureExtractor(max_length=128)
    else:
        kinds = {"wav2vec2": ("Wav2Vec2Config", "Wav2Vec2Model"), "hubert": ("HubertConfig", "HubertModel"),
            "wavlm": ("WavLMConfig", "WavLMModel")}  # fmt: skip
        config_name, model_name = kinds[kind]
        model = getattr(transformers, model_name)(getattr(transformers, config_name)(**waves))
        processor = transformers.Wav2Vec2FeatureExtractor()
    place = folder / kind
    model.save_pretrained(place)
    processor.save_pretrained(place)
    return str(place)
