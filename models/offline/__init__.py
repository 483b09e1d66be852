"""The offline author: an OpenAI-compatible app that writes from templates, with no language model."""

from courseai.models.offline.answer import NOTICE
from courseai.models.offline.app import create_app
from courseai.models.offline.settings import OfflineSettings, load_settings

__all__ = ["NOTICE", "OfflineSettings", "create_app", "load_settings"]
