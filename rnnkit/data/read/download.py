"""Public data by name: from a local folder, from the cache, or by download with a checksum."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rnnkit.cache import cache_folder
from rnnkit.environment import require
from rnnkit.errors import RUN_FAILED, TRY_AGAIN, RnnkitError

TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class RemoteFile:
    """A public file whose bytes cannot change.

    Args:
        name: Its name in the cache.
        url: An https address that is pinned to a commit or a version; empty where there is none.
        sha256: The checksum of its bytes.
        local_names: Where it may lie below `RNNKIT_DATA`.
    """

    name: str
    url: str
    sha256: str
    local_names: tuple[str, ...] = ()

    def locate(self) -> Path:
        """The file on this machine: below `RNNKIT_DATA`, in the cache, or brought there now.

        Raises:
            RnnkitError: If it cannot be downloaded, or its checksum is wrong.
        """
        if folder := os.environ.get("RNNKIT_DATA"):
            for local_name in self.local_names:
                if (path := Path(folder) / local_name).is_file():
                    return path
        return self._download()

    def _require_address(self) -> None:
        if not self.url:
            got = "not on this machine, and there is no address whose content is fixed"
            names = " or ".join(self.local_names)
            hint = f"Bring it by hand: set RNNKIT_DATA to a folder that holds {names}"
            raise RnnkitError(self.name, got, "", hint)
        address = urlsplit(self.url)
        if address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost"):
            raise RnnkitError(self.url, f"the scheme {address.scheme!r}", "Expected https")

    def _download(self) -> Path:
        require("pooch")
        import pooch
        import requests

        self._require_address()
        cache = cache_folder()
        by_hand = (
            f"Bring it by hand: save {self.url} as {cache / self.name}, or set RNNKIT_DATA to a"
            f" folder that holds {' or '.join(self.local_names)}"
        )
        try:
            # pooch writes under a temporary name, checks the sum, then renames; a damaged file in
            # the cache is replaced.
            downloader = pooch.HTTPDownloader(timeout=TIMEOUT_SECONDS)
            return Path(
                pooch.retrieve(
                    self.url,
                    f"sha256:{self.sha256}",
                    fname=self.name,
                    path=cache,
                    downloader=downloader,
                )
            )
        except ValueError:
            raise RnnkitError(
                self.url,
                "the downloaded bytes have another sha256",
                f"Expected {self.sha256}",
                by_hand,
                exit_code=RUN_FAILED,
            ) from None
        except requests.RequestException as error:
            raise RnnkitError(
                self.url,
                f"cannot be downloaded ({type(error).__name__})",
                "",
                by_hand,
                exit_code=RUN_FAILED if isinstance(error, requests.HTTPError) else TRY_AGAIN,
            ) from None
        except OSError as error:
            raise RnnkitError(
                str(cache),
                f"cannot be written ({error.strerror or error})",
                "Expected a folder for downloads",
                "Set RNNKIT_CACHE",
                exit_code=RUN_FAILED,
            ) from None
