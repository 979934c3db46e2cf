"""The third-party libraries in a zygote: loaded, and made to work where there is no /proc and nothing to write."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Generator
from pathlib import Path

COMMON = """
array bisect collections contextlib copy dataclasses datetime decimal enum fractions functools heapq io itertools json
operator random re statistics string textwrap threading traceback types typing
numpy numpy.fft numpy.lib.stride_tricks numpy.linalg numpy.ma numpy.polynomial numpy.random
"""
EVERYTHING = """
pandas
scipy.cluster.hierarchy scipy.cluster.vq scipy.fft scipy.integrate scipy.interpolate scipy.linalg scipy.ndimage
scipy.optimize scipy.signal scipy.sparse.csgraph scipy.sparse.linalg scipy.spatial.distance scipy.special scipy.stats
sklearn.calibration sklearn.cluster sklearn.compose sklearn.datasets sklearn.decomposition sklearn.ensemble
sklearn.feature_extraction.text sklearn.feature_selection sklearn.impute sklearn.inspection sklearn.linear_model
sklearn.manifold sklearn.metrics sklearn.mixture sklearn.model_selection sklearn.multiclass sklearn.naive_bayes
sklearn.neighbors sklearn.neural_network sklearn.pipeline sklearn.preprocessing sklearn.svm sklearn.tree
matplotlib.pyplot matplotlib.backends.backend_agg
"""
SYSTEM_DIRECTORIES = ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
                      "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/etc/ld.so.cache")  # fmt: skip
"""Where a library's own libraries may be looked for later."""


def load(*, everything: bool) -> None:
    """Imports what submissions will want. A library that is not installed or does not work is left out."""
    for name in COMMON.split():
        _load(name)
    if everything:
        with _a_place_for_matplotlib():
            for name in EVERYTHING.split():
                _load(name)
            _draw_once()
        _do_without_proc()


def _load(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 - a broken library must not take the others with it
        print(f"sandbox: {name} cannot be imported: {error}", file=sys.stderr)


@contextlib.contextmanager
def _a_place_for_matplotlib() -> Generator[None]:
    """It wants to write its font cache while it is imported. What it found stays in memory; the place is removed."""
    tempfile = importlib.import_module(
        "tempfile"
    )  # it loads three libraries for compression, which numpy's zygote spares
    with tempfile.TemporaryDirectory() as place:
        os.environ["MPLCONFIGDIR"] = place
        yield
    del os.environ["MPLCONFIGDIR"]


def _draw_once() -> None:
    """Finds the fonts, so that no child needs to look for them."""
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is None:
        return
    figure, axes = pyplot.subplots()
    axes.plot([0, 1], label="a")
    axes.set_title("a $b^2$")
    axes.legend()
    figure.canvas.draw()
    pyplot.close(figure)
    # The fonts themselves are forgotten: they hold descriptors, which a child closes.
    vars(sys.modules["matplotlib.font_manager"])["_get_font"].cache_clear()


def _do_without_proc() -> None:
    if (threadpoolctl := sys.modules.get("threadpoolctl")) is not None:
        vars(threadpoolctl)["_HAS_PROCFS"] = False  # it would read /proc/self/maps


def directories_of_mapped_files() -> list[str]:
    """Where the shared libraries that are loaded already come from: others may lie beside them."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    files = {line.split(maxsplit=5)[5] for line in lines if ".so" in line and "/" in line}
    return sorted({str(Path(file).parent) for file in files})
