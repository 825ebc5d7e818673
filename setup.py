"""Build of the compiled kernel; everything else stands in pyproject.toml.

`LRSIM_BOUNDSCHECK=1` builds it with bounds, None and overflow checks: slower, for hunting a wrong index.
"""

import os
import sys

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup

CHECKED = os.environ.get("LRSIM_BOUNDSCHECK", "") not in ("", "0")

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": CHECKED,
    "wraparound": False,
    "initializedcheck": CHECKED,
    "nonecheck": CHECKED,
    "cdivision": True,
    "freethreading_compatible": False,
}

# Products and sums must round one by one, as NumPy's do: no contraction into fused multiply-adds.
FLAGS = ["/O2", "/fp:precise"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno"]


def extension(name: str) -> Extension:
    return Extension(
        f"lrsim_core.{name}",
        [f"lrsim_core/{name}.pyx"],
        include_dirs=[numpy.get_include()],
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
        extra_compile_args=FLAGS,
    )


setup(
    ext_modules=cythonize(
        [extension(name) for name in ("types", "dense", "optimizers", "train", "summary")],
        compiler_directives=DIRECTIVES,
        build_dir="build/cython-checked" if CHECKED else "build/cython",
    ),
    # The two builds share their module files, whose dates do not tell which one they are.
    options={"build_ext": {"force": True}},
)
