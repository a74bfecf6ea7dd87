"""Fetching jars with the Python package jgo, where there is no Maven."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from deploy.local.fetching import FetchFailed, Wanted
from deploy.local.progress import Progress

PARALLEL = 6


def fetch(wanted: Wanted, target: Path, progress: Progress) -> None:
    """Resolve each root apart, merge, and download the wanted jars into `target`.

    One resolution of all roots together would pick an old kafka-clients that Kafka can't run
    with. Raises FetchFailed.
    """
    try:
        # Imported here: it takes long, and a stack whose jars are there never needs it.
        from jgo.constants import MAVEN_CENTRAL_URL  # noqa: PLC0415
        from jgo.maven import Artifact, MavenContext  # noqa: PLC0415
    except ImportError as missing:
        raise FetchFailed("the package jgo is not installed") from missing
    context = MavenContext(
        repo_cache=target / "repository", remote_repos={"central": MAVEN_CENTRAL_URL}
    )
    artifacts: dict[str, Artifact] = {}
    try:
        for root in wanted.roots():
            progress(f"resolving {root}")
            found, needed = context.resolver.resolve([context.create_dependency(root)])
            for dependency in (*found, *needed):
                if dependency.artifact.filename in wanted.names:
                    artifacts[dependency.artifact.filename] = dependency.artifact
        with ThreadPoolExecutor(PARALLEL) as pool:
            downloads = {pool.submit(jar.resolve): name for name, jar in artifacts.items()}
            for count, done in enumerate(as_completed(downloads), start=1):
                name = downloads[done]
                progress(f"{count} of {len(downloads)}, {name}")
                done.result().rename(target / name)
    except (OSError, RuntimeError, ValueError) as failure:
        raise FetchFailed(f"jgo failed: {str(failure)[:300]}") from failure
