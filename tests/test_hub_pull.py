"""Pulling from a hub on loopback: pinned, verified, resumed, and never seen half-done."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import hub_models
import pytest
from hub_server import HubServer, serving

from livedepth.depth.hub import catalogue, remote, store
from livedepth.depth.hub import pull as pulling
from livedepth.depth.hub.pull import pull
from livedepth.errors import ModelError

pytest.importorskip("transformers", reason="the hub's models need livedepth[torch]")

NAME = "depth-anything-v2-small"
REPOSITORY = "depth-anything/Depth-Anything-V2-Small-hf"
OTHER = "someone/tiny-depth"
WEIGHTS = "model.safetensors"


@pytest.fixture
def store_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIVEDEPTH_MODELS_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def hub(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with serving() as server:
        server.publish(OTHER, hub_models.depth_anything())
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server


def pin(hub: HubServer, monkeypatch: pytest.MonkeyPatch, licence: str = "Apache-2.0") -> str:
    """Publish a tiny model as the catalogue's small one, pinned as that is; return its commit."""
    files = hub_models.depth_anything()
    commit = hub.publish(REPOSITORY, files)
    sha256 = hashlib.sha256(files[WEIGHTS]).hexdigest()
    entry = catalogue.HubModel(
        NAME, REPOSITORY, commit, "Depth Anything V2", 24.8, 99, (518, 518), licence, None, sha256
    )
    monkeypatch.setitem(catalogue.MODELS, NAME, entry)
    return commit


def refusal(*arguments: object, **options: object) -> str:
    with pytest.raises(ModelError) as error:
        pull(*arguments, **options)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_known_model_is_pulled_whole(
    hub: HubServer, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = pin(hub, monkeypatch)
    seen: list[tuple[int, int]] = []
    outcome = pull(NAME, progress=lambda done, total: seen.append((done, total)))
    assert outcome.fetched
    assert (outcome.model.commit, outcome.model.licence) == (commit, "Apache-2.0")
    files = store.find_pulled(NAME)
    assert files
    assert files.folder == store_folder / NAME / commit
    assert (files.description.name, files.description.licence) == (NAME, "Apache-2.0")
    taken = {path.name: path.read_bytes() for path in files.folder.iterdir()}
    assert taken == hub_models.depth_anything()
    total = sum(map(len, taken.values()))
    assert seen[-1] == (total, total)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert store.find_pulled(REPOSITORY) == files
    assert not pull(f"{NAME}@448x252").fetched


def test_nothing_but_what_is_needed_is_taken(hub: HubServer) -> None:
    extra = {"README.md": b"x", "pytorch_model.bin": b"pickle", "run.py": b"raise SystemExit"}
    hub.publish(OTHER, hub_models.depth_anything() | extra)
    folder = pull(OTHER).model.folder
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.json", "preprocessor_config.json", WEIGHTS}
    assert not any(name in path for path, _ in hub.requests for name in extra)


def test_a_second_pull_needs_no_network(hub: HubServer) -> None:
    first = pull(OTHER)
    hub.shutdown()
    hub.server_close()
    asked = len(hub.requests)
    again = pull(OTHER)
    assert not again.fetched
    assert again.model == first.model
    assert len(hub.requests) == asked
    assert store.find_pulled(OTHER)


def test_an_interrupted_pull_goes_on_where_it_broke(hub: HubServer, store_folder: Path) -> None:
    size = len(hub_models.depth_anything()[WEIGHTS])
    hub.cuts[WEIGHTS] = [100_000, 50_000, 0]
    assert "goes on from there" in refusal(OTHER)
    assert store.find_pulled(OTHER) is None
    assert store.pulled() == []
    parts = list(store_folder.glob("*/*.partial/*.part"))
    assert [part.stat().st_size for part in parts] == [150_000]
    assert pull(OTHER).fetched
    assert hub.ranges(WEIGHTS) == ["", "bytes=100000-", "bytes=150000-", "bytes=150000-"]
    assert hub.sent[WEIGHTS] == size
    assert store.find_pulled(OTHER)
    assert not list(store_folder.glob("*/*.partial"))


def test_a_pull_of_which_nothing_came_promises_nothing(hub: HubServer) -> None:
    hub.cuts["config.json"] = [0]
    assert "goes on from there" not in refusal(OTHER)


def test_stopping_a_pull_leaves_what_came(hub: HubServer) -> None:
    hub.delay = 0.01

    def stop(done: int, total: int) -> None:
        if done > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(OTHER, progress=stop)
    assert store.find_pulled(OTHER) is None
    assert pull(OTHER).fetched
    begun = hub.ranges(WEIGHTS)[-1]
    assert int(begun.removeprefix("bytes=").rstrip("-")) > 90_000


def test_altered_weights_are_refused_and_thrown_away(hub: HubServer, store_folder: Path) -> None:
    weights = bytearray(hub_models.depth_anything()[WEIGHTS])
    weights[-1] ^= 1
    hub.altered[WEIGHTS] = bytes(weights)
    assert f"{WEIGHTS} of {OTHER} is not what it should be" in refusal(OTHER)
    assert store.find_pulled(OTHER) is None
    assert not list(store_folder.glob("**/*safetensors*"))
    hub.altered.clear()
    assert pull(OTHER).fetched


def test_an_altered_config_is_refused(hub: HubServer) -> None:
    config = hub_models.depth_anything()["config.json"]
    hub.altered["config.json"] = config.replace(b'"relative"', b'"relatIve"')
    assert f"config.json of {OTHER} is not what it should be" in refusal(OTHER)


def test_a_truncated_file_is_refused(hub: HubServer) -> None:
    hub.altered[WEIGHTS] = hub_models.depth_anything()[WEIGHTS][:-1000]
    assert "goes on from there" in refusal(OTHER)
    assert store.find_pulled(OTHER) is None


def test_a_file_longer_than_declared_is_refused(hub: HubServer) -> None:
    hub.altered[WEIGHTS] = hub_models.depth_anything()[WEIGHTS] + b"more"
    assert "sends more" in refusal(OTHER)


def test_a_hub_that_declares_another_checksum_is_refused(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(hub, monkeypatch)
    altered = bytearray(hub_models.depth_anything()[WEIGHTS])
    altered[-1] ^= 1
    hub.altered[WEIGHTS] = bytes(altered)
    hub.declared[WEIGHTS] = hashlib.sha256(altered).hexdigest()
    assert "declares another checksum" in refusal(NAME)
    assert not hub.ranges(WEIGHTS)


def test_a_known_model_stays_at_its_pin(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = pin(hub, monkeypatch)
    newest = hub.publish(REPOSITORY, hub_models.depth_anything(seed=1))
    assert newest != commit
    assert pull(NAME).model.commit == commit
    assert pull(NAME).model.commit == commit
    updated = pull(NAME, update=True)
    assert (updated.fetched, updated.model.commit) == (True, newest)
    assert pull(NAME).model.commit == newest
    assert not pull(NAME, update=True).fetched
    back = pull(NAME, revision=commit)
    assert (back.fetched, back.model.commit) == (True, commit)
    assert [path.name for path in back.model.folder.parent.iterdir() if path.is_dir()] == [commit]


def test_a_hub_that_gives_another_commit_is_refused(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = pin(hub, monkeypatch)
    hub.branches[REPOSITORY][commit] = hub.publish(REPOSITORY, hub_models.depth_anything(seed=1))
    del hub.commits[REPOSITORY][commit]
    assert f"for {commit[:12]}" in refusal(NAME)
    assert not hub.ranges("config.json")


def test_another_model_is_pinned_by_its_first_pull(hub: HubServer) -> None:
    first = pull(OTHER).model
    newest = hub.publish(OTHER, hub_models.depth_anything(seed=1))
    assert pull(OTHER).model.commit == first.commit
    (first.folder / "config.json").unlink()
    assert pull(OTHER).model.commit == first.commit
    assert pull(OTHER, update=True).model.commit == newest


@pytest.mark.parametrize("revision", ["experiment", "commit", "short"])
def test_a_revision_is_chosen_by_hand(hub: HubServer, revision: str) -> None:
    commit = hub.publish(OTHER, hub_models.depth_anything(seed=2), branch="experiment")
    hub.branches[OTHER][commit[:8]] = commit
    revision = {"commit": commit, "short": commit[:8]}.get(revision, revision)
    assert pull(OTHER, revision=revision).model.commit == commit
    assert not pull(OTHER, revision=revision).fetched
    assert not pull(OTHER).fetched


def test_a_metric_model_says_so(hub: HubServer) -> None:
    hub.publish("someone/metric", hub_models.depth_anything(20))
    pull("someone/metric")
    files = store.find_pulled("someone/metric")
    assert files
    assert files.description.metres == ""


def test_sharded_weights_are_pulled(hub: HubServer) -> None:
    files = dict(hub_models.depth_anything())
    shard = "model-00001-of-00001.safetensors"
    files[shard] = files.pop(WEIGHTS)
    files["model.safetensors.index.json"] = json.dumps({"weight_map": {"a": shard}}).encode()
    hub.publish(OTHER, files)
    assert shard in {file.name for file in pull(OTHER).model.files}
    assert store.find_pulled(OTHER)


@pytest.mark.parametrize("how", ["altered", "shortened", "gone"])
def test_files_touched_afterwards_are_refused_and_mended(hub: HubServer, how: str) -> None:
    weights = pull(OTHER).model.folder / WEIGHTS
    content = bytearray(weights.read_bytes())
    if how == "gone":
        weights.unlink()
    else:
        content[5000] ^= 1
        weights.write_bytes(content if how == "altered" else content[:-1])
    with pytest.raises(ModelError, match=rf"{WEIGHTS} is not what was pulled .*`livedepth models"):
        store.find_pulled(OTHER)
    said: list[str] = []
    assert pull(OTHER, report=said.append).fetched
    assert len(said) == 1
    assert "pulled again" in said[0]
    assert store.find_pulled(OTHER)


def test_a_file_touched_but_not_altered_is_hashed_once(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    whole = store.sha256_of

    def counted(path: Path) -> str:
        hashed.append(path.name)
        return whole(path)

    weights = pull(OTHER).model.folder / WEIGHTS
    monkeypatch.setattr(store, "sha256_of", counted)
    store.find_pulled(OTHER)
    assert hashed == []
    weights.touch()
    store.find_pulled(OTHER)
    store.find_pulled(OTHER)
    assert hashed == [WEIGHTS]


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b"{}", b'{"files": []}', b'{"files": [{"name": "../x"}]}']
)
def test_a_broken_lock_is_refused_and_mended(hub: HubServer, content: bytes) -> None:
    (pull(OTHER).model.folder.parent / store.LOCK).write_bytes(content)
    with pytest.raises(ModelError):
        store.find_pulled(OTHER)
    assert store.pulled() == []
    assert pull(OTHER).fetched
    assert store.find_pulled(OTHER)


def test_offline_is_said_in_a_line(store_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        address = server.address
    monkeypatch.setenv("HF_ENDPOINT", address)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    said = refusal(NAME)
    assert f"cannot reach the hub at {address}" in said
    assert "goes on from there" not in said
    assert store.pulled() == []


@pytest.mark.parametrize("endpoint", ["hub", "hub:80", "ftp://hub", "https://", "http://hub:x"])
def test_an_endpoint_that_is_no_url_is_said(
    store_folder: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    assert refusal(OTHER).startswith(f"HF_ENDPOINT = {endpoint.rstrip('/')!r} is not allowed")


def test_the_library_kept_offline_is_said(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "is_offline_mode", lambda: True)
    assert "HF_HUB_OFFLINE" in refusal(OTHER)


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "RepoNotFound", "has no repository"),
        (401, "", "answered 401 for someone/tiny-depth; `hf auth login`"),
        (401, "GatedRepo", "is gated: ask for access"),
        (403, "GatedRepo", "is gated: ask for access"),
        (500, "", "answered 500"),
        (503, "", "answered 503"),
    ],
)
def test_refusals_of_the_hub_are_said(hub: HubServer, status: int, code: str, words: str) -> None:
    hub.refused[OTHER] = (status, code)
    assert words in refusal(OTHER)
    assert store.find_pulled(OTHER) is None


def test_a_revision_that_is_not_there_is_said(hub: HubServer) -> None:
    assert "has no revision 'v9'" in refusal(OTHER, revision="v9")


@pytest.mark.parametrize(
    "answer", [b"<html>log in</html>", b"[]", b"3", b"{}", b'{"sha": 3}', b'{"sha": "../../x"}']
)
def test_what_is_no_hub_is_said(hub: HubServer, answer: bytes) -> None:
    hub.answer = answer
    assert "is not a hub's answer" in refusal(OTHER)


def test_files_of_no_size_are_none(hub: HubServer) -> None:
    names = ("config.json", "preprocessor_config.json", WEIGHTS)
    files = [{"rfilename": name, "size": "large", "blobId": "0" * 40} for name in names]
    hub.answer = json.dumps({"id": OTHER, "sha": "0" * 40, "siblings": files}).encode()
    assert f"{WEIGHTS} is missing" in refusal(OTHER)


def test_a_name_that_cannot_be_pulled_is_said(hub: HubServer) -> None:
    assert "did you mean depth-anything-v2-small?" in refusal("depth-anything-v2-smal")
    assert "there is no model '../x'" in refusal("../x")
    assert hub.requests == []


@pytest.mark.parametrize("left", ["config.json", "preprocessor_config.json", WEIGHTS])
def test_a_repository_that_is_no_depth_model_is_refused(hub: HubServer, left: str) -> None:
    files = dict(hub_models.depth_anything())
    del files[left]
    hub.publish(OTHER, files)
    assert left in refusal(OTHER)


def test_a_pickle_is_refused_before_it_is_fetched(hub: HubServer) -> None:
    files = dict(hub_models.depth_anything())
    files["pytorch_model.bin"] = files.pop(WEIGHTS)
    hub.publish(OTHER, files)
    assert "can run code when loaded" in refusal(OTHER)
    assert not hub.ranges(".bin")


def test_another_family_is_refused_before_its_weights(hub: HubServer) -> None:
    files = dict(hub_models.depth_anything())
    files["config.json"] = b'{"architectures": ["ZoeDepthForDepthEstimation"]}'
    hub.publish(OTHER, files)
    assert "is a ZoeDepthForDepthEstimation" in refusal(OTHER)
    assert not hub.ranges(WEIGHTS)


def test_a_full_disk_is_said_before_and_during(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
        assert "make room" in refusal(OTHER)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(remote.Hub, "_go_on", full)
        assert "No space left on device; make room" in refusal(OTHER)
    assert pull(OTHER).fetched


def test_a_store_that_cannot_be_made_is_said(hub: HubServer, store_folder: Path) -> None:
    store_folder.write_bytes(b"a file")
    said = refusal(OTHER)
    assert f"{store_folder} cannot be written" in said
    assert "LIVEDEPTH_MODELS_DIR" in said
    assert hub.requests == []


def test_two_pulls_of_one_model_do_not_mix(hub: HubServer) -> None:
    with pulling._alone(OTHER):
        assert "being pulled by another process" in refusal(OTHER)
    assert pull(OTHER).fetched


def test_a_non_commercial_licence_must_be_accepted(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(hub, monkeypatch, "CC-BY-NC-4.0")
    assert "not for commercial use; pull it with --accept-licence" in refusal(NAME)
    assert "not for commercial use" in refusal(NAME, accept=lambda notice: False)
    assert hub.requests == []
    notices: list[str] = []
    assert pull(NAME, accept=lambda notice: bool(notices.append(notice)) or True).fetched
    assert notices == [f"{NAME} is licensed CC-BY-NC-4.0: not for commercial use"]
    assert not pull(NAME).fetched


def test_the_licence_of_another_model_is_its_cards(hub: HubServer) -> None:
    hub.licences[OTHER] = "cc-by-nc-sa-4.0"
    assert "cc-by-nc-sa-4.0" in refusal(OTHER)
    assert not hub.ranges("config.json")
    assert pull(OTHER, accept=lambda notice: True).model.licence == "cc-by-nc-sa-4.0"


def test_a_licence_that_changed_must_be_accepted(hub: HubServer) -> None:
    first = pull(OTHER).model
    hub.publish(OTHER, hub_models.depth_anything(seed=1))
    hub.licences[OTHER] = "cc-by-nc-4.0"
    assert "not for commercial use" in refusal(OTHER, update=True)
    assert pull(OTHER).model == first
    newest = pull(OTHER, update=True, accept=lambda notice: True).model
    assert newest.licence == "cc-by-nc-4.0"
    hub.publish(OTHER, hub_models.depth_anything(seed=2))
    assert pull(OTHER, update=True).model.commit != newest.commit


def test_a_model_is_removed(hub: HubServer, store_folder: Path) -> None:
    pull(OTHER)
    assert [model.name for model in store.pulled()] == [OTHER]
    assert store.remove(OTHER)
    assert not store.remove(OTHER)
    assert store.pulled() == []
    assert not list(store_folder.iterdir())
    assert store.find_pulled(OTHER) is None


def test_without_the_library_the_way_out_is_said(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert "pip install 'livedepth[torch]'" in refusal(OTHER)


def test_the_users_data_folder_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIVEDEPTH_MODELS_DIR", raising=False)
    assert store.models_folder().parts[-2:] == ("livedepth", "models")
