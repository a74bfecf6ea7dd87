"""Builds a kustomize folder, as far as ours use kustomize, so that tests see the whole."""

import re
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

Resource = dict[str, Any]
_known = {
    *("apiVersion", "kind", "namespace", "resources", "patches"),
    *("configMapGenerator", "images"),
}


def built(folder: Path) -> list[Resource]:
    """The resources that `kubectl kustomize` makes of a folder; generated names bear no hash."""
    rules = _only(folder / "kustomization.yaml")
    assert rules.keys() <= _known, "this builder has to learn more of kustomize"
    found: list[Resource] = []
    for name in rules["resources"]:
        path = folder / name
        found += built(path) if path.is_dir() else documents(path)
    for rule in rules.get("configMapGenerator", ()):
        _generate(found, rule)
    for rule in rules.get("patches", ()):
        for patch, reaches in _patches(folder, rule):
            found = list(_patched(found, patch, reaches))
    for image in rules.get("images", ()):
        _set_image(found, image)
    return found


def documents(path: Path) -> list[Resource]:
    """All documents of a YAML file that hold anything."""
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def containers(resource: Resource) -> list[Resource]:
    """The containers of a workload; none of anything else."""
    template = resource.get("spec", {}).get("template")
    return template["spec"]["containers"] if isinstance(template, dict) else []


def _only(path: Path) -> Resource:
    (one,) = documents(path)
    return one


def _generate(found: list[Resource], rule: Mapping[str, Any]) -> None:
    data = dict(literal.split("=", 1) for literal in rule["literals"])
    if rule.get("behavior") == "merge":
        (known,) = [one for one in found if _names(one) == ("ConfigMap", rule["name"])]
        known["data"] |= data
        return
    metadata = {"name": rule["name"]}
    found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


Reaches = Callable[[Resource], bool]


def _patches(folder: Path, rule: Mapping[str, Any]) -> Iterable[tuple[Any, Reaches]]:
    text = rule.get("patch") or (folder / rule["path"]).read_text(encoding="utf-8")
    target = rule.get("target")
    for patch in yaml.safe_load_all(text):
        yield patch, _bearing(_names(patch)) if target is None else _of_kind(target["kind"])


def _bearing(names: tuple[str, str]) -> Reaches:
    return lambda one: _names(one) == names


def _of_kind(kinds: str) -> Reaches:
    return lambda one: re.fullmatch(kinds, one["kind"]) is not None


def _patched(found: list[Resource], patch: Any, reaches: Reaches) -> Iterable[Resource]:
    assert any(map(reaches, found)), f"a patch reaches nothing: {patch}"
    for one in found:
        if not reaches(one):
            yield one
        elif isinstance(patch, list):
            yield _edited(one, patch)
        elif patch.get("$patch") != "delete":
            content = {key: patch[key] for key in patch.keys() - {"kind", "apiVersion", "metadata"}}
            yield _merged(one, content)


def _edited(resource: Resource, operations: list[Mapping[str, Any]]) -> Resource:
    """JSON Patch (RFC 6902), replacing only."""
    made = deepcopy(resource)
    for operation in operations:
        assert operation["op"] == "replace"
        *path, last = operation["path"].lstrip("/").split("/")
        place = made
        for step in path:
            place = place[step]
        assert last in place, operation["path"]
        place[last] = operation["value"]
    return made


def _merged(base: Any, patch: Any) -> Any:
    """A strategic merge: mappings grow, lists of named things by name, null removes."""
    if isinstance(base, dict) and isinstance(patch, dict):
        both = {
            key: _merged(base[key], value) if key in base else value for key, value in patch.items()
        }
        return {key: value for key, value in {**base, **both}.items() if value is not None}
    if isinstance(base, list) and _named(base) and _named(patch):
        by_name = {one["name"]: one for one in base}
        for one in patch:
            by_name[one["name"]] = _merged(by_name.get(one["name"], {}), one)
        return list(by_name.values())
    return patch


def _named(items: list[Any]) -> bool:
    return all(isinstance(one, dict) and "name" in one for one in items)


def _set_image(found: list[Resource], rule: Mapping[str, Any]) -> None:
    for one in found:
        for container in containers(one):
            if container["image"] == rule["name"]:
                container["image"] = f"{rule.get('newName', rule['name'])}:{rule['newTag']}"


def _names(resource: Resource) -> tuple[str, str]:
    return resource["kind"], resource["metadata"]["name"]
