"""Runs on the Hugging Face hub: push and pull of the files that inference needs."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rnnkit.environment import require
from rnnkit.errors import TRY_AGAIN, RnnkitError, at
from rnnkit.export.card import card_text
from rnnkit.names import CONFIG
from rnnkit.platform.names import portable
from rnnkit.progress import log
from rnnkit.quantities import counted
from rnnkit.run import RunFolder, runs_folder
from rnnkit.storage import read_bytes, read_json, write_bytes
from rnnkit.storage.reading import ARRAYS_BYTES, CONFIG_BYTES, RECORD_BYTES
from rnnkit.storage.schemas import Scores
from rnnkit.workflows.export import open_model
from rnnkit.workflows.trained import open_run

SCHEME = "hf://"
CARD = "README.md"
REQUIRED = (CONFIG, "manifest.json", "weights.npz")
FILE_LIMITS = {
    CONFIG: CONFIG_BYTES,
    **dict.fromkeys(("manifest.json", "metrics.json", CARD), RECORD_BYTES),
    **dict.fromkeys(("labels.json", "lengths.json", "scaler.json"), RECORD_BYTES),
    **dict.fromkeys(("tokenizer.json", "source_tokenizer.json"), RECORD_BYTES),
    **dict.fromkeys(("weights.npz", "model.keras"), ARRAYS_BYTES),
}
"""The files that are pushed and pulled, with their largest sizes in bytes. Files that only training
needs, or that describe the machine, are not pushed.
"""

_REPOSITORY = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)
_REASONS = {
    401: "the hub does not know the token, or there is no such model",
    403: "the token may not do that",
    404: "no such model",
    422: "the hub takes no large file there",
}


def push(name: str | None, url: str, *, private: bool = False) -> str:
    """Pushes a run with its model card to the hub in one commit; a missing repository is created.

    Args:
        name: A run's folder or name; None for the newest.
        url: "hf://user/name".
        private: Whether a new repository is private.

    Returns:
        The URL of its page.

    Raises:
        RnnkitError: If the run is not trained, or the hub refuses it or does not answer.
    """
    repository = _repository(url)
    hub = _hub()
    model = open_model(name)
    contents = dict(_contents(model.run))
    contents.setdefault(CARD, card_text(model).encode("utf-8", "backslashreplace"))
    with _hub_errors(url):
        from huggingface_hub import CommitOperationAdd

        page = hub.create_repo(repository, private=private or None, exist_ok=True)
        hub.create_commit(
            repository,
            [CommitOperationAdd(file, content) for file, content in contents.items()],
            commit_message=f"rnnkit push {model.run.path.name}",
        )
    return str(page)


def pull(url: str, name: str | None = None) -> RunFolder:
    """Pulls a run from the hub into a new run folder. It is checked as any run is, and none of its
    code is executed.

    Args:
        url: "hf://user/name".
        name: The name of the new run; None for that of the repository.

    Raises:
        RnnkitError: If the repository holds no run, the run is damaged, a run of this name exists
            already, or the hub does not answer.
    """
    repository = _repository(url)
    name = repository.split("/")[1] if name is None else name
    if name != portable(name) or name in (".", ".."):
        expected = f"Expected a name without path, such as {portable(name)!r}"
        raise RnnkitError("--name", f"found {name!r}", expected)
    if (runs_folder() / name).exists():
        got = f"{runs_folder() / name} exists already"
        raise RnnkitError("--name", got, "", "Choose another name")
    hub = _hub()
    with tempfile.TemporaryDirectory(prefix="rnnkit-pull-") as folder, at(url):
        files = _download(hub, url, repository, Path(folder))
        config = read_bytes(files.pop(CONFIG), CONFIG_BYTES, links=False)
        return RunFolder.create(
            name, config.decode("utf-8", "replace"), fill=lambda run: _fill(run, files)
        )


def _fill(run: RunFolder, files: dict[str, Path]) -> None:
    """Copies files into a new run folder, and checks that it can be opened."""
    for file, path in files.items():
        write_bytes(run.path / file, read_bytes(path, FILE_LIMITS[file], links=False))
    open_run(run)
    if run.metrics.exists():
        read_json(run.metrics, kind=Scores)


def _download(hub: Any, url: str, repository: str, folder: Path) -> dict[str, Path]:
    """Downloads the files of a run, all from one commit, and returns their paths by name."""
    with _hub_errors(""):
        info = hub.model_info(repository, files_metadata=True)
    files = info.siblings
    sizes = {file.rfilename: file.size or 0 for file in files if file.rfilename in FILE_LIMITS}
    if missing := [file for file in REQUIRED if file not in sizes]:
        raise RnnkitError(
            "", f"not a run: it holds no {missing[0]}", "Expected what push puts there"
        )
    free = shutil.disk_usage(folder).free
    for file, size in sizes.items():
        if size > min(FILE_LIMITS[file], free):
            got = f"{file} has {counted(size, 'byte')}"
            raise RnnkitError("", got, f"Expected at most {min(FILE_LIMITS[file], free):,}")
    paths = {}
    for file, size in sorted(sizes.items()):
        log.info(f"{url}/{file}: {counted(size, 'byte')}")
        with _hub_errors(""):
            path = hub.hf_hub_download(repository, file, revision=info.sha, local_dir=folder)
        paths[file] = Path(path)
    return paths


def _contents(run: RunFolder) -> Iterator[tuple[str, bytes]]:
    """Yields the name and content of each file to push."""
    for path in (
        *(run.config, run.manifest, run.metrics, run.path / CARD),
        *(run.labels, run.lengths, run.scaler),
        *(run.tokenizer, run.source_tokenizer),
        *(run.weights, run.keras_export),
    ):
        if path.exists():
            yield path.name, read_bytes(path, FILE_LIMITS[path.name], links=False)


def _hub() -> Any:
    """Returns the client of the hub, without progress bars; HF_ENDPOINT sets another address."""
    require("huggingface_hub", "hub")
    from huggingface_hub import HfApi
    from huggingface_hub.utils import disable_progress_bars

    disable_progress_bars()
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT"), library_name="rnnkit")


def _repository(url: str) -> str:
    repository = url.removeprefix(SCHEME)
    if not url.startswith(SCHEME) or not _REPOSITORY.fullmatch(repository):
        raise RnnkitError("repository", f"found {url!r}", "Expected hf://user/name")
    return repository


@contextlib.contextmanager
def _hub_errors(where: str) -> Iterator[None]:
    """Converts errors of the hub: a refusal is a mistake of the user, no answer is not. Messages of
    the hub are not repeated, as they may hold the token.
    """
    from huggingface_hub import errors

    try:
        yield
    except errors.HFValidationError:
        raise RnnkitError(where, "not a valid repository name", "Expected hf://user/name") from None
    except errors.LocalTokenNotFoundError:
        raise _refused(where, 401) from None
    except (errors.HTTPError, OSError) as error:
        raise _failed(where, error) from None
    except RuntimeError as error:  # raised if the upload of a large file (Git LFS) fails
        if not isinstance(error.__cause__, errors.HTTPError | OSError):
            raise
        raise _failed(where, error.__cause__) from None
    except ValueError:  # raised if the hub accepts no large files
        raise _refused(where, 422) from None


def _failed(where: str, error: BaseException) -> RnnkitError:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None and status < 500 and status != 429:
        return _refused(where, status)
    got = f"the hub does not answer ({type(error).__name__})"
    if status is not None:
        got = f"the hub answers with status {status}"
    return RnnkitError(where, got, "", "Try again later", exit_code=TRY_AGAIN)


def _refused(where: str, status: int) -> RnnkitError:
    got = _REASONS.get(status, f"the hub refuses it with status {status}")
    hint = "Check the name, and the token: HF_TOKEN, or that of the hub's own login"
    return RnnkitError(where, got, "", hint)
