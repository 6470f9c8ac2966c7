"""Which divergences apply to the versions that run. Needs ``packaging``, so workers do not import it."""

from __future__ import annotations

import itertools
from typing import Dict, Iterable, List, Mapping, Optional

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from specs.divergences import Divergence
from specs.errors import SpecError


def requirement(divergence: Divergence) -> Requirement:
    """The package and versions of a divergence. Raises :class:`SpecError` if they are not just that, or invalid."""
    return parsed(divergence.versions, f"divergence from {divergence.law}, versions")


def parsed(text: str, where: str) -> Requirement:
    """A package and its versions. Raises :class:`SpecError` if the text is invalid, or has extras, markers or a URL."""
    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        raise SpecError(f"{where}: {text!r}: {' '.join(str(error).split())}") from None
    if not found.specifier or found.extras or found.marker or found.url:
        raise SpecError(f"{where}: {text!r}: a package and its versions are expected, as in 'package==2.13.0'")
    found.name = canonicalize_name(found.name)
    return found


def in_force(divergences: Iterable[Divergence], versions: Mapping[str, str]) -> Dict[str, Divergence]:
    """The divergences that are required of these versions of packages, by law.

    Raises :class:`SpecError` if two of one law overlap, whichever versions run.
    """
    by_law: Dict[str, List[Divergence]] = {}
    for divergence in divergences:
        by_law.setdefault(divergence.law, []).append(divergence)
    for several in by_law.values():
        for one, other in itertools.combinations(several, 2):
            _check_apart(one, other)
    return {
        divergence.law: divergence
        for several in by_law.values()
        for divergence in several
        if counts(requirement(divergence), versions)
    }


def not_measured(divergences: Iterable[Divergence], versions: Mapping[str, str]) -> List[str]:
    """One sentence for each package whose version no divergence was measured on."""
    asked: Dict[str, List[Requirement]] = {}
    for divergence in divergences:
        found = requirement(divergence)
        asked.setdefault(found.name, []).append(found)
    return [
        f"{package} {_running(package, versions)} is none of the versions on which divergences were measured: "
        f"{'; '.join(dict.fromkeys(str(one.specifier) for one in requirements))}. None is demanded of it"
        for package, requirements in asked.items()
        if _running(package, versions) and not any(counts(one, versions) for one in requirements)
    ]


def counts(required: Requirement, versions: Mapping[str, str]) -> bool:
    """Whether the running version of the package is among the required ones."""
    running = _running(required.name, versions)
    return running is not None and required.specifier.contains(running, prereleases=True)


def _running(package: str, versions: Mapping[str, str]) -> Optional[str]:
    """The running version of a package, by its canonical name."""
    return next((version for name, version in versions.items() if canonicalize_name(name) == package), None)


def _check_apart(one: Divergence, other: Divergence) -> None:
    """Two ranges overlap if the lowest version, one that either names, or one just above or below it, is in both."""
    first, second = requirement(one), requirement(other)
    if first.name != second.name:
        return
    for specifier in (*first.specifier, *second.specifier):
        for version in _near(specifier.version):
            if first.specifier.contains(version) and second.specifier.contains(version):
                raise SpecError(
                    f"divergences from {one.law}: {one.versions} ({one.answer}) and "
                    f"{other.versions} ({other.answer}) overlap at {version}"
                )


def _near(text: str) -> List[str]:
    try:
        version = Version(text.replace(".*", ""))
    except InvalidVersion:  # === accepts an arbitrary string
        return [text]
    return ["0", str(version), f"{version.base_version}.0.1", *_below(version)]


def _below(version: Version) -> List[str]:
    """A version between this one and any lower one that a requirement is likely to name; none below zero."""
    parts = list(version.release)
    while parts and parts[-1] == 0:
        parts.pop()
    return [".".join(map(str, [*parts[:-1], parts[-1] - 1, 99999]))] if parts else []
