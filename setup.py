"""What greennow is called, needs and installs; the settings of tools are in pyproject.toml."""

import runpy
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

setup(
    name="greennow",
    version=runpy.run_path(str(HERE / "greennow" / "version.py"))["__version__"],
    description="One `now` object shared by a gevent server, its browsers and its Python clients",
    long_description=(HERE / "README.md").read_text("utf-8"),
    long_description_content_type="text/markdown",
    author="the greennow authors",
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=[*find_packages(include=["greennow", "greennow.*"]), "greennow.examples.chat"],
    package_dir={"greennow.examples.chat": "examples/chat"},  # `greennow demo` is that very example
    package_data={"greennow": ["py.typed", "static/*"], "greennow.examples.chat": ["page/*"]},
    install_requires=[
        "cbor2>=6.2",  # the first with every limit that decoding a stranger's bytes needs
        "gevent>=24.10.1",  # the first for Python 3.13
        "gevent-websocket>=0.10.1",
        "msgspec>=0.22",  # loaded when the first annotated function is called
        "tomli>=2; python_version < '3.11'",  # later Pythons have it as tomllib
        "websocket-client>=1.8",
    ],
    extras_require={"reload": ["watchfiles>=1"]},  # for `greennow serve --reload`
    entry_points={
        "console_scripts": ["greennow = greennow.cli:main"],
        "pytest11": ["greennow = greennow.testing.plugin"],
    },
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Framework :: Pytest",
        "Intended Audience :: Developers",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3 :: Only",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Programming Language :: Python :: Implementation :: CPython",
        "Topic :: Internet :: WWW/HTTP :: WSGI",
        "Typing :: Typed",
    ],
)
