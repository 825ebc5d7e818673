"""Build of the compiled kernel; everything else stands in pyproject.toml.

`LRSIM_BOUNDSCHECK=1` builds it with bounds, None and overflow checks: slower, for hunting a wrong index.
`LRSIM_SANITIZE=1` builds it with the address and undefined-behaviour sanitizers (see tests/sanitize.py).

The loops are C, one source compiled for each instruction set; each of its files says for which, so that no file needs
flags of its own and any compiler builds all of them.
"""

import os
import sys
from glob import glob

import numpy
from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup


def asked_for(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "0")


CHECKED, SANITIZED = asked_for("LRSIM_BOUNDSCHECK"), asked_for("LRSIM_SANITIZE")

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": CHECKED,
    "wraparound": False,
    "initializedcheck": CHECKED,
    "nonecheck": CHECKED,
    "cdivision": True,
    "freethreading_compatible": False,
}

# Products and sums must round one by one, as NumPy's do, unless the source asks for a fused multiply-add.
FLAGS = (
    ["/O2", "/fp:precise", "/std:c11"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno"]
)
SANITIZERS = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer"]


def extension(name: str, *sources: str) -> Extension:
    return Extension(
        f"lrsim_core.{name}",
        [f"lrsim_core/{name}.pyx", *sources],
        include_dirs=[numpy.get_include(), "lrsim_core"],
        depends=glob("lrsim_core/simd/*"),
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
        extra_compile_args=FLAGS + (SANITIZERS if SANITIZED else []),
        extra_link_args=SANITIZERS if SANITIZED else [],
    )


KERNELS = [f"lrsim_core/simd/kernels_{level}.c" for level in ("baseline", "avx2", "avx512")]

setup(
    # `lrsim.resources` lies beside the code, in a folder of its own (see package-dir in pyproject.toml).
    packages=[*find_packages(include=["lrsim*"]), "lrsim.resources"],
    ext_modules=cythonize(
        [extension("types"), extension("train", *KERNELS), extension("summary")],
        compiler_directives=DIRECTIVES,
        build_dir="build/cython-checked" if CHECKED else "build/cython",
    ),
    # The builds share their module files, whose dates do not tell which one they are.
    options={"build_ext": {"force": True}},
)
