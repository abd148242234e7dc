"""Furniture from the Debian package sweethome3d-furniture: its CC0 models and their sizes.

The package's ``BlendSwap-CC-0.sh3f`` is a zip of OBJ models with a catalogue in Java properties.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

ARCHIVE = Path("/usr/share/sweethome3d/furniture/BlendSwap-CC-0.sh3f")
CATALOGUE = "PluginFurnitureCatalog.properties"

ROLES: Mapping[str, tuple[str, ...]] = {
    "seat": [
        "armchair",
        "antiqueChair",
        "chair",
        "chair2",
        "chairWithCushion",
        "designChair",
        "oakChair",
        "osakaChair",
        "plasticChair",
        "sillaBlanca",
        "thonet",
    ],
    "armchair": ["armchair2", "modernArmchair", "winchesterArmchair"],
    "sofa": ["couch", "couch2", "sofa2", "winchesterSofa", "L_shaped_sofa"],
    "bed": ["bed1", "bed2", "bed3", "bedWithTexture"],
    "bedside": ["bedsideTable2", "babyRockingBed", "crate", "drawersCabinet"],
    "storage": [
        "bookcase",
        "cupboard",
        "shelves",
        "televisionCabinet",
        "verticalShelves",
    ],
    "office": [
        "desk",
        "lbDesk",
        "technicalTable1",
        "technicalTable2",
        "lockedLocker",
        "whiteBoard",
    ],
    "table": ["oakTable", "table", "tableWithTablecloth", "lbDesk"],
    "music": ["electricGuitar", "pianoBench", "speaker2", "speaker3", "table_football"],
    "plant": ["decorativePlant", "plant"],
    "small_plant": ["augalas", "cactus", "littlePlant", "orchids", "flowerBox"],
    "heater": ["radiator", "radiator1", "radiator3"],
    "kitchen": [
        "lowerCabinet",
        "drawersCabinet",
        "sinkCabinet",
        "oven",
        "doubleOven",
        "highCabinet",
        "lowerCabinet",
    ],
    "cooling": ["largeFridge", "refrigerator"],
    "upper": ["upperCabinet", "glassDoorCabinet", "smallUpperCabinet", "upperShelves"],
    "worktop": ["coffeeBrewer", "kitchenaid", "bread", "tetrapak", "plasticCup", "yogurtBottle"],
    "tabletop": [
        "caffe_final",
        "plasticCup",
        "headphones",
        "iphone",
        "kalender",
        "littlePlant",
        "cactus",
        "textMarker",
        "yogurtBottle",
        "tetrapak",
        "cissors_swap",
        "deer",
        "woodToy",
        "teddyBear",
        "orchids",
        "bread",
        "cupcake",
    ],
    "clutter": [
        "basketball",
        "box",
        "briefcase",
        "crate",
        "dustbin",
        "ammoBox",
        "speaker2",
        "teddyBear",
        "handbag",
        "umbrellaFolded",
        "tableFan",
        "caballito",
        "stool2",
        "stool",
        "silla2",
        "fireExtinguisher",
    ],
    "wall": ["cuckooClock", "wallLight", "emergencySign", "towel3", "knifeStandSwap"],
    "table_lamp": ("desklamp", "JapaneseLantern"),
    "screen": ("led_tv",),
    "ceiling": ("lamp2", "ceilingFan"),
}
"""What each model may serve as in a room."""


class FurnitureError(Exception):
    """The furniture cannot be had; the message is one line with the way out."""


@dataclass(frozen=True, slots=True)
class Model:
    """A piece of furniture: its size in metres, and how high its seat or top is above its foot."""

    name: str
    width: float
    depth: float
    height: float
    top: float
    rotation: tuple[float, ...] = ()


def used_names() -> list[str]:
    """The models that some role names, sorted."""
    return sorted({name for names in ROLES.values() for name in names})


def parse_catalogue(text: str) -> dict[str, Model]:
    """Models by the name of their OBJ file, from the catalogue's properties."""
    entries: dict[str, dict[str, str]] = {}
    for key, number, value in re.findall(r"^(\w+)#(\d+)=(.*?)\s*$", text, re.MULTILINE):
        entries.setdefault(number, {})[key] = value
    models = {}
    for entry in entries.values():
        name = Path(entry["model"]).stem
        width, depth, height = (float(entry[key]) / 100 for key in ("width", "depth", "height"))
        top = float(entry.get("dropOnTopElevation", 0)) / 100 or height
        rotation = tuple(float(part) for part in entry.get("modelRotation", "").split())
        models[name] = Model(name, width, depth, height, top, rotation)
    return models


def open_archive(archive: Path = ARCHIVE) -> zipfile.ZipFile:
    """The package's archive. Raises FurnitureError where it is absent or broken."""
    try:
        return zipfile.ZipFile(archive)
    except FileNotFoundError as error:
        raise FurnitureError(
            f"{archive} is absent: apt install blender python3-numpy sweethome3d-furniture"
        ) from error
    except (zipfile.BadZipFile, OSError) as error:
        raise FurnitureError(
            f"{archive} cannot be read: reinstall sweethome3d-furniture"
        ) from error


def read_catalogue(archive: Path = ARCHIVE) -> dict[str, Model]:
    """The models that some role names. Raises FurnitureError where one is missing."""
    with open_archive(archive) as opened:
        models = parse_catalogue(opened.read(CATALOGUE).decode("latin-1"))
    missing = [name for name in used_names() if name not in models]
    if missing:
        raise FurnitureError(f"{archive} lacks {', '.join(missing)}: another version is needed")
    return {name: models[name] for name in used_names()}


def without_degenerate_faces(content: bytes) -> bytes:
    """An OBJ file less its faces of fewer than three vertices, on which Blender 3.4 crashes."""
    lines = []
    for line in content.splitlines():
        if line.startswith(b"f ") and len({part.split(b"/")[0] for part in line.split()[1:]}) < 3:
            continue
        lines.append(line)
    return b"\n".join(lines) + b"\n"


def extract_models(folder: Path, archive: Path = ARCHIVE) -> Path:
    """Unpack the used models under ``folder``; the list that the library builder reads."""
    models = read_catalogue(archive)
    with open_archive(archive) as opened:
        for member in opened.namelist():
            if len(Path(member).parts) == 3 and Path(member).parts[1] in models:
                content = opened.read(member)
                if member.endswith(".obj"):
                    content = without_degenerate_faces(content)
                (folder / member).parent.mkdir(parents=True, exist_ok=True)
                (folder / member).write_bytes(content)
    listing = [
        {**asdict(model), "file": str(next(folder.glob(f"*/{name}/{name}.obj")))}
        for name, model in models.items()
    ]
    path = folder / "models.json"
    path.write_text(json.dumps(listing))
    return path
