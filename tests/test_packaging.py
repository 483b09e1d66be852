"""What is installed: `courseai.*` and nothing else, the same in the table, the links and on disk."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["setuptools"]["packages"]
FOLDERS = sorted({package.split(".")[1] for package in PACKAGES})
DATA_SUFFIXES = {".json", ".md", ".j2", ".css", ".js", ".yml", ".typed"}


def folder_of(package: str) -> Path:
    return ROOT.joinpath(*package.split(".")[1:])


def names_in(folder: Path, suffixes: set[str]) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix in suffixes}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy so that the checkout stays as it was."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "."]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return zipfile.ZipFile(next((source / "dist").glob("*.whl")))


def test_every_folder_with_an_init_is_in_the_package_table() -> None:
    on_disk = {
        ".".join(("courseai", *path.parent.relative_to(ROOT).parts))
        for pattern in ("*/__init__.py", "*/*/__init__.py")
        for path in ROOT.glob(pattern)
        if not path.relative_to(ROOT).parts[0].startswith(".")
    }
    assert on_disk == set(PACKAGES)


def test_type_checkers_see_one_link_for_each_folder() -> None:
    links = {link.name: link.resolve() for link in (ROOT / ".typing" / "courseai").iterdir()}
    assert links == {name: ROOT / name for name in FOLDERS}


def test_the_layer_contract_covers_every_folder() -> None:
    linter = PROJECT["tool"]["importlinter"]
    layered = re.findall(r"courseai\.\w+", " ".join(linter["contracts"][0]["layers"]))
    packages = [f"courseai.{name}" for name in FOLDERS]
    assert sorted(layered) == sorted(linter["root_packages"]) == packages


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_that_it_is_typed(package: str) -> None:
    assert (folder_of(package) / "py.typed").is_file()


def test_the_wheel_installs_nothing_outside_courseai(wheel: zipfile.ZipFile) -> None:
    version = PROJECT["project"]["version"]
    assert {name.split("/")[0] for name in wheel.namelist()} == {"courseai", f"courseai-{version}.dist-info"}


def test_the_wheel_installs_the_packages_of_the_table_only(wheel: zipfile.ZipFile) -> None:
    folders = {str(Path(name).parent) for name in wheel.namelist() if name.startswith("courseai/")}
    assert folders == {package.replace(".", "/") for package in PACKAGES}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_wheel_carries_every_module_and_data_file(wheel: zipfile.ZipFile, package: str) -> None:
    prefix = package.replace(".", "/") + "/"
    carried = {name.removeprefix(prefix) for name in wheel.namelist() if name.startswith(prefix)}
    assert names_in(folder_of(package), DATA_SUFFIXES | {".py"}) <= carried


def test_the_console_script_is_installed(wheel: zipfile.ZipFile) -> None:
    entry_points = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "courseai = courseai.service.cli:main" in wheel.read(entry_points).decode()


def test_constraints_are_names_and_versions_only() -> None:
    pin = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][\w.]*( ; [\w.'\" ()<>=!]+)?")
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not pin.fullmatch(line)] == []


def test_constraints_pin_torch_and_no_cuda_package() -> None:
    names = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert "torch" in names
    assert not {name for name in names if name.startswith(("nvidia", "cuda", "triton"))}
