"""What notebooks run with."""

from __future__ import annotations

import copy
import pickle

import pytest

from utils.settings import PROFILES, Table, notebooks_with_settings, profile_of, settings_for


def names(table: Table) -> set[str]:
    found = set()
    for name, value in table.items():
        found |= {f"{name}.{inner}" for inner in names(value)} if isinstance(value, Table) else {name}
    return found


@pytest.mark.parametrize("notebook", notebooks_with_settings())
def test_both_profiles_have_the_same_names(notebook: str) -> None:
    smoke, full = (settings_for(notebook, profile) for profile in PROFILES)
    assert names(smoke) == names(full)
    assert smoke.device in ("auto", "cpu")
    assert smoke.notebook == notebook
    assert (smoke.profile, full.profile) == PROFILES


def test_the_homeworks_own_numbers() -> None:
    transfer = settings_for("1_transfer_learning", "full")
    assert (transfer.batch_size, transfer.image_size, transfer.finetune.epochs) == (4, 224, 25)
    captions = settings_for("5_image_captioning", "full")
    assert (captions.max_train, captions.hidden_dim, captions.wordvec_dim) == (5000, 512, 256)
    assert (captions.batch_size, captions.epochs, captions.learning_rate, captions.decay) == (200, 50, 5e-3, 0.96)
    runs = settings_for("2_style_transfer", "full").runs
    assert [(run.style, run.image_size, run.style_size) for run in runs] == [
        ("composition_vii", 192, 512),
        ("the_scream", 192, 224),
        ("starry_night", 192, 192),
    ]
    assert runs[1].style_weights == (200000, 800, 12, 1)


def test_settings_cannot_be_changed_and_misspelt_names_are_told() -> None:
    settings = settings_for("6_text_classification", "smoke")
    with pytest.raises(AttributeError, match="settings cannot be changed"):
        settings.batch_size = 3
    with pytest.raises(
        AttributeError, match=r"6_text_classification \(smoke\) has no value 'batchsize'. Did you mean b"
    ):
        _ = settings.batchsize
    with pytest.raises(AttributeError, match="hidden_size"):
        _ = settings.lstm.hidden


def test_settings_can_be_copied() -> None:
    settings = settings_for("6_text_classification", "smoke")
    for other in (copy.deepcopy(settings), pickle.loads(pickle.dumps(settings))):
        assert other == settings
        assert other.profile == "smoke"
        assert other.lstm.epochs == settings.lstm.epochs


def test_profile_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert profile_of() == "smoke"
    monkeypatch.setenv("COURSE_PROFILE", "full")
    assert settings_for("1_transfer_learning").image_size == 224
    assert profile_of("smoke") == "smoke"
    monkeypatch.setenv("COURSE_PROFILE", "fast")
    with pytest.raises(ValueError, match=r"COURSE_PROFILE is 'fast'; it should be 'smoke' or 'full'"):
        profile_of()


def test_unknown_notebook() -> None:
    with pytest.raises(ValueError, match=r"no settings for '7_gan'; there are: 1_transfer_learning"):
        settings_for("7_gan", "smoke")
