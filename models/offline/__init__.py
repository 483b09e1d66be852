"""The offline author: an OpenAI-compatible app that writes from templates, with no language model."""
