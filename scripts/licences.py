"""Holds every Rust dependency against the rules of deny.toml: licences, bans, sources. The npm
packages that the dashboard is made of are held against its licences as well.

cargo-deny reads the same file and knows more (advisories, for example), but it takes longer to
build than this whole workspace to check, and fetches a list from the network. What we rely on is
checked here, in a second, from `cargo metadata` alone.
"""

import json
import pathlib
import re
import subprocess
import sys

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    from pip._vendor import tomli as tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def main():
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    packages = metadata()["packages"]
    problems = [problem for package in packages for problem in check(package, rules)]
    shipped = npm_packages()
    problems += [problem for name, licence in shipped for problem in check_npm(name, licence, rules)]
    print(f"{len(packages)} crates and {len(shipped)} npm packages held against deny.toml")
    sys.exit("\n".join(problems) or 0)


def metadata():
    command = ["cargo", "metadata", "--format-version=1", "--locked"]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)


def check(package, rules):
    """What is wrong with one package of the graph."""
    name = f"{package['name']} {package['version']}"
    allowed = set(rules["licenses"]["allow"])
    expression = package["license"] or ""
    if not is_allowed(expression, allowed):
        yield f"{name}: licence {expression!r} is not allowed"
    banned = {ban["crate"]: ban["reason"] for ban in rules["bans"]["deny"]}
    if package["name"] in banned:
        yield f"{name}: is banned: {banned[package['name']]}"
    if package["source"] not in (None, CRATES_IO):
        yield f"{name}: comes from {package['source']}"
    if package["source"] is None:
        for dependency in package["dependencies"]:
            if dependency["req"] == "*" and "path" not in dependency:
                yield f"{name}: takes any version of {dependency['name']}"


def npm_packages():
    """Name and licence of each package that is not for development alone."""
    locked = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    return [
        (path.removeprefix("node_modules/"), package.get("license", ""))
        for path, package in locked.items()
        if path and not package.get("dev")
    ]


def check_npm(name, expression, rules):
    """What is wrong with one npm package."""
    if not is_allowed(expression, set(rules["licenses"]["allow"])):
        yield f"{name}: licence {expression!r} is not allowed"


def is_allowed(expression, allowed):
    """Whether an SPDX expression can be met by allowed licences. Old crates write `/` for OR."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    return bool(tokens) and alternatives(tokens, allowed) and not tokens


def alternatives(tokens, allowed):
    met = conjunction(tokens, allowed)
    while tokens[:1] == ["OR"]:
        tokens.pop(0)
        # Both sides have to be read, whatever the first one says.
        met = conjunction(tokens, allowed) or met
    return met


def conjunction(tokens, allowed):
    met = licence(tokens, allowed)
    while tokens[:1] == ["AND"]:
        tokens.pop(0)
        met = licence(tokens, allowed) and met
    return met


def licence(tokens, allowed):
    if not tokens:
        return False
    first = tokens.pop(0)
    if first == "(":
        met = alternatives(tokens, allowed)
        return tokens[:1] == [")"] and bool(tokens.pop(0)) and met
    if tokens[:1] == ["WITH"]:
        first = " ".join([first, *tokens[:2]])
        del tokens[:2]
    return first in allowed


if __name__ == "__main__":
    main()
