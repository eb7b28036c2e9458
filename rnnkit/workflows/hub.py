"""A run on the Hugging Face hub: what answers of it is pushed there, and pulled from there."""

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
NEEDED = (CONFIG, "manifest.json", "weights.npz")
ANSWERS = {
    CONFIG: CONFIG_BYTES,
    **dict.fromkeys(("manifest.json", "metrics.json", CARD), RECORD_BYTES),
    **dict.fromkeys(("labels.json", "lengths.json", "scaler.json"), RECORD_BYTES),
    **dict.fromkeys(("tokenizer.json", "source_tokenizer.json"), RECORD_BYTES),
    **dict.fromkeys(("weights.npz", "model.keras"), ARRAYS_BYTES),
}
"""The files that a run answers by, and their largest sizes. What only its training needs, and what
says on which machine it was trained, stays here.
"""

_REPOSITORY = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}", re.ASCII)
_WHY = {
    401: "the hub does not know the token, or there is no such model",
    403: "the token may not do that",
    404: "no such model",
    422: "the hub takes no large file there",
}


def push(name: str | None, url: str, *, private: bool = False) -> str:
    """Puts a run on the hub, with its card, in one commit; the repository is created where there is
    none.

    Args:
        name: A run's folder or name; None for the newest.
        url: "hf://user/name".
        private: Whether a new repository is private.

    Returns:
        The address of its page.

    Raises:
        RnnkitError: If the run is not trained, or the hub refuses it or does not answer.
    """
    repository = _repository(url)
    hub = _hub()
    model = open_model(name)
    contents = dict(_contents(model.run))
    contents.setdefault(CARD, card_text(model).encode("utf-8", "backslashreplace"))
    with _asking(url):
        from huggingface_hub import CommitOperationAdd

        page = hub.create_repo(repository, private=private or None, exist_ok=True)
        hub.create_commit(
            repository,
            [CommitOperationAdd(file, content) for file, content in contents.items()],
            commit_message=f"rnnkit push {model.run.path.name}",
        )
    return str(page)


def pull(url: str, name: str | None = None) -> RunFolder:
    """A run of the hub as a new run folder, checked as any run is; nothing of it is executed.

    Args:
        url: "hf://user/name".
        name: The new run's name; that of the repository if None.

    Raises:
        RnnkitError: If it is not a run, is damaged, or a run of this name exists already; or if the
            hub does not answer.
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
    """The files of a new run folder, which must be those of a run."""
    for file, path in files.items():
        write_bytes(run.path / file, read_bytes(path, ANSWERS[file], links=False))
    open_run(run)
    if run.metrics.exists():
        read_json(run.metrics, kind=Scores)


def _download(hub: Any, url: str, repository: str, folder: Path) -> dict[str, Path]:
    """The files that a run answers by, of one commit."""
    with _asking(""):
        info = hub.model_info(repository, files_metadata=True)
    files = info.siblings
    sizes = {file.rfilename: file.size or 0 for file in files if file.rfilename in ANSWERS}
    if missing := [file for file in NEEDED if file not in sizes]:
        raise RnnkitError(
            "", f"not a run: it holds no {missing[0]}", "Expected what push puts there"
        )
    free = shutil.disk_usage(folder).free
    for file, size in sizes.items():
        if size > min(ANSWERS[file], free):
            got = f"{file} has {counted(size, 'byte')}"
            raise RnnkitError("", got, f"Expected at most {min(ANSWERS[file], free):,}")
    paths = {}
    for file, size in sorted(sizes.items()):
        log.info(f"{url}/{file}: {counted(size, 'byte')}")
        with _asking(""):
            path = hub.hf_hub_download(repository, file, revision=info.sha, local_dir=folder)
        paths[file] = Path(path)
    return paths


def _contents(run: RunFolder) -> Iterator[tuple[str, bytes]]:
    """The files that a run answers by, as they are now."""
    for path in (
        *(run.config, run.manifest, run.metrics, run.path / CARD),
        *(run.labels, run.lengths, run.scaler),
        *(run.tokenizer, run.source_tokenizer),
        *(run.weights, run.keras_export),
    ):
        if path.exists():
            yield path.name, read_bytes(path, ANSWERS[path.name], links=False)


def _hub() -> Any:
    """The hub, without bars of progress; HF_ENDPOINT names another one."""
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
def _asking(where: str) -> Iterator[None]:
    """What the hub refuses is a mistake of the user's; that it does not answer is not. No message
    of the hub's is repeated: it may hold the token.
    """
    from huggingface_hub import errors

    try:
        yield
    except errors.HFValidationError:
        raise RnnkitError(where, "no name of the hub", "Expected hf://user/name") from None
    except errors.LocalTokenNotFoundError:
        raise _refused(where, 401) from None
    except (errors.HTTPError, OSError) as error:
        raise _failed(where, error) from None
    except RuntimeError as error:  # how Git LFS says why a large file was not uploaded
        if not isinstance(error.__cause__, errors.HTTPError | OSError):
            raise
        raise _failed(where, error.__cause__) from None
    except ValueError:  # how it says that no large file is taken
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
    got = _WHY.get(status, f"the hub refuses it with status {status}")
    hint = "Check the name, and the token: HF_TOKEN, or that of the hub's own login"
    return RnnkitError(where, got, "", hint)
