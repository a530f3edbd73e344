"""Where the equations are from, and how to get this result again."""

from __future__ import annotations

from reports.document import Block, Code, Paragraph, Section
from reports.story.material import Material


def reproduce(material: Material) -> tuple[Block, ...]:
    """Give the commands with their seed, and the versions."""
    settings = "".join(f" --set {name}={value}" for name, value in material.settings.items())
    layer = f"{material.name}{settings}"
    fast = " --fast" if material.fast else ""
    commands = (
        f"backproof check {layer} --seed {material.result.seed}{fast}\n"
        f"backproof derive {layer} --steps\n"
        f"backproof code {layer}"
    )
    versions = ", ".join(f"{name} {version}" for name, version in material.result.versions)
    return (
        Section("How to reproduce"),
        Code(commands, "text"),
        Paragraph((f"Checked with seed {material.result.seed}, {versions}.",)),
    )
