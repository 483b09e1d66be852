"""Which provider a run uses, and that its key stays secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from courseai.course.errors import SettingsError
from courseai.models.provider import OFFLINE_AUTHOR, compatible, openrouter, provider_from_environment
from courseai.models.tiers import load_tiers

KEY = "sk-or-v1-0123456789abcdef"
URL = "http://localhost:11434/v1"


def test_with_nothing_set_the_offline_author_writes_and_says_what_it_is() -> None:
    provider = provider_from_environment({})
    assert provider.name == OFFLINE_AUTHOR
    assert provider.label == "offline author: templates, no language model"
    assert provider.app is not None


def test_empty_variables_count_as_not_set() -> None:
    assert provider_from_environment({"OPENROUTER_API_KEY": " ", "COURSEAI_BASE_URL": ""}).app is not None


def test_an_openrouter_key_chooses_openrouter() -> None:
    provider = provider_from_environment({"OPENROUTER_API_KEY": KEY})
    assert (provider.name, provider.app) == ("OpenRouter", None)


@pytest.mark.parametrize("env", [{"COURSEAI_BASE_URL": URL}, {}])
def test_a_url_beats_the_openrouter_key_which_is_not_sent_there(env: dict[str, str]) -> None:
    argument = None if env else URL
    provider = provider_from_environment(env | {"OPENROUTER_API_KEY": KEY}, base_url=argument)
    assert (provider.name, provider.base_url, provider.api_key) == ("localhost:11434", URL, None)


def test_a_url_brings_its_own_key_and_model() -> None:
    env = {"COURSEAI_API_KEY": KEY, "COURSEAI_MODEL": "llama3.3"}
    provider = provider_from_environment(env, base_url=URL)
    assert provider.api_key is not None
    assert provider.api_key.get_secret_value() == KEY
    assert provider.model_for(load_tiers()["oss_20b"]) == "llama3.3"


def test_a_server_may_call_the_models_something_else() -> None:
    provider = compatible(URL, models={"oss_20b": "gpt-oss:20b"})
    tiers = load_tiers()
    assert provider.model_for(tiers["oss_20b"]) == "gpt-oss:20b"
    assert provider.model_for(tiers["oss_120b"]) == "openai/gpt-oss-120b"


def test_a_model_without_a_server_is_an_error_and_not_the_offline_author() -> None:
    with pytest.raises(SettingsError, match="no server"):
        provider_from_environment({}, model="llama3.3")


def test_offline_settings_with_a_server_are_a_contradiction() -> None:
    with pytest.raises(SettingsError, match="drop one"):
        provider_from_environment({}, base_url=URL, offline_settings=Path("offline.json"))


@pytest.mark.parametrize(
    "url", ["localhost:11434", "ftp://host/v1", "http://", "http://[::1", "http://host:99999/v1"]
)
def test_a_url_that_cannot_work_is_an_error(url: str) -> None:
    with pytest.raises(SettingsError, match="URL"):
        compatible(url)


@pytest.mark.parametrize(
    "url", ["http://me:hunter2@host/v1", "http://host/v1?key=hunter2", "http://h/#hunter2"]
)
def test_a_url_may_hold_no_secret_and_the_error_does_not_repeat_it(url: str) -> None:
    with pytest.raises(SettingsError, match="COURSEAI_API_KEY") as caught:
        compatible(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-hunter2\nx", "sk hunter2", "sk-hunter2…"])
def test_a_garbled_key_is_an_error_that_does_not_repeat_it(key: str) -> None:
    with pytest.raises(SettingsError, match="OPENROUTER_API_KEY") as caught:
        openrouter(key)
    assert "hunter2" not in str(caught.value)


def test_the_key_is_not_in_the_repr() -> None:
    assert KEY not in repr(openrouter(KEY))


def test_list_prices_hold_only_for_the_listed_model() -> None:
    tier = load_tiers()["oss_20b"]
    assert openrouter(KEY).cost_usd(tier, 1_000_000, 0) == pytest.approx(0.08)
    assert openrouter(KEY, model="other/model").cost_usd(tier, 1_000_000, 0) is None
    assert compatible(URL).cost_usd(tier, 1_000_000, 0) is None


@pytest.mark.parametrize("variable", ["OPENROUTER_API_KEY", "COURSEAI_API_KEY"])
def test_a_key_may_lie_in_a_file(variable: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-from-a-file\n")
    env = {f"{variable}_FILE": str(tmp_path / "key")}
    url = "http://localhost:1/v1" if variable == "COURSEAI_API_KEY" else None
    provider = provider_from_environment(env, url)
    assert provider.api_key is not None
    assert provider.api_key.get_secret_value() == "sk-from-a-file"


def test_a_file_with_a_key_that_cannot_be_read_and_two_keys_at_once_are_errors(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        provider_from_environment({"OPENROUTER_API_KEY_FILE": str(tmp_path / "absent")})
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    env = {"OPENROUTER_API_KEY_FILE": str(tmp_path / "key")}
    with pytest.raises(SettingsError, match="holds no text"):
        provider_from_environment(env)
    with pytest.raises(SettingsError, match="both set"):
        provider_from_environment(env | {"OPENROUTER_API_KEY": "sk-1"})
