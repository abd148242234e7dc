"""The hub's depth models that livedepth knows by name, in one table.

Revisions. Every entry but one names a commit, so the files cannot change under the name: those
commits and, where ``sha256`` is given, the checksum of the weights are the ones under which others
have published results. Where no checksum was to be found, and for any repository that is not in the
table, the first pull records the commit and the checksum of every file in a lock beside the model,
and everything later keeps to that. ``dpt-hybrid-midas`` names a reference: the repository's own
branch holds a pickle only, and this is the conversion to safetensors that the hub's robot offers.

Licences are those of the weights. Depth Anything V2: the authors put Small under Apache-2.0 and
Base and Large under CC-BY-NC-4.0; their metric repositories state none or another one, and the
authors' word on the size is taken. MiDaS: as each model's card says.
"""

from __future__ import annotations

from dataclasses import dataclass

NON_COMMERCIAL = "CC-BY-NC-4.0"
_APACHE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model of the hub.

    parameters in millions, megabytes of the weights (1e6 bytes), size: default input (width,
    height) in pixels, max_depth: the farthest distance a metric model gives in metres, None for a
    relative one. sha256: of model.safetensors at ``revision``, None where it is not known.
    """

    name: str
    repository: str
    revision: str
    family: str
    parameters: float
    megabytes: int
    size: tuple[int, int]
    licence: str
    max_depth: float | None = None
    sha256: str | None = None

    @property
    def kind(self) -> str:
        """``relative`` or ``metric``."""
        return "relative" if self.max_depth is None else "metric"


def is_non_commercial(licence: str) -> bool:
    """Whether a licence's identifier, as the hub writes it, forbids commercial use."""
    return "nc" in licence.lower().split("-") or "non-commercial" in licence.lower()


def _depth_anything(
    name: str,
    repository: str,
    revision: str,
    sha256: str | None = None,
    max_depth: float | None = None,
) -> HubModel:
    """An entry of Depth Anything V2, whose last word is the size of the network."""
    size = name.rpartition("-")[2]
    parameters, megabytes, licence = {
        "small": (24.8, 99, _APACHE),
        "base": (97.5, 390, NON_COMMERCIAL),
        "large": (335.3, 1341, NON_COMMERCIAL),
    }[size]
    family = "Depth Anything V2"
    repository = f"depth-anything/Depth-Anything-V2-{repository}-hf"
    return HubModel(
        f"depth-anything-v2-{name}",
        repository,
        revision,
        family,
        parameters,
        megabytes,
        (518, 518),
        licence,
        max_depth,
        sha256,
    )


_ENTRIES = (
    _depth_anything(
        "small",
        "Small",
        "5426e4f0f36572d16453bbda7a8389317b1bef99",
        "3152477ce0d8d6978d76b995120de97cb5b928701fd0f817769f59e249a16b70",
    ),
    _depth_anything("base", "Base", "b1958afc87fb45a9e3746cb387596094de553ed8"),
    _depth_anything(
        "large",
        "Large",
        "7581137eff8d4e94f6e796d3baea0e9fa79b22d2",
        "4e01e34ed5549b529b70b92d53226bc370f03041977b390d3dde45d47f516cf9",
    ),
    _depth_anything(
        "metric-indoor-small",
        "Metric-Indoor-Small",
        "8078d68a9c75a972131914f6afd0c1723be0da7f",
        "e990eb82fbf11b05b7813261196a2b841bdcf5a05f64396724a8987fa90504a3",
        20.0,
    ),
    _depth_anything(
        "metric-indoor-base",
        "Metric-Indoor-Base",
        "c6d9784685727bfc6d0a7b5452ce94afaee1e7f5",
        "8b902f5d9a8c8a9520f3a8c6a00afe442b464eff5aaf0cb405d1da721cd9f79f",
        20.0,
    ),
    _depth_anything(
        "metric-indoor-large",
        "Metric-Indoor-Large",
        "d2fc6a93601aabb1139a3bf0ebfcb4e89c67817f",
        "04d3295ff4f9cbee72b8998a85930fe870b45ba4431e7af47415fbded02388ca",
        20.0,
    ),
    _depth_anything(
        "metric-outdoor-small",
        "Metric-Outdoor-Small",
        "fd2c22027eaf20374204f14099b8341e1925ad39",
        "ad065c77a7421ca55159a1f0db9433397a607690f2d76bb8a6fc54b1be7a3124",
        80.0,
    ),
    _depth_anything(
        "metric-outdoor-base",
        "Metric-Outdoor-Base",
        "5b575fded0346068343a6d96d0ce3ab6dbc9fb49",
        "1f2e9ed13ee39126686994669f8d1bfd9cd8f093a4d2a0891e5a0e5263b480c9",
        80.0,
    ),
    _depth_anything(
        "metric-outdoor-large",
        "Metric-Outdoor-Large",
        "4eab4cf1983c2801c515804005214de56a4b67cc",
        "15f7de4b22f1b1194847ea694ee9ed6395563ba5cd52b70b87901f183c232c9a",
        80.0,
    ),
    HubModel(
        "dpt-large",
        "Intel/dpt-large",
        "bc15f29aa3a80d532f2ed650b5e16ac48d8958f9",
        "MiDaS 3.0, ViT",
        342.0,
        1370,
        (384, 384),
        _APACHE,
    ),
    HubModel(
        "dpt-hybrid-midas",
        "Intel/dpt-hybrid-midas",
        "refs/pr/5",
        "MiDaS 3.0, ViT and ResNet",
        123.0,
        490,
        (384, 384),
        _APACHE,
    ),
    HubModel(
        "dpt-swinv2-tiny-256",
        "Intel/dpt-swinv2-tiny-256",
        "f7f350e1a10a5ea58671b68ab5f49dc18ec00483",
        "MiDaS 3.1, SwinV2",
        41.0,
        164,
        (256, 256),
        "MIT",
    ),
    HubModel(
        "dpt-beit-large-384",
        "Intel/dpt-beit-large-384",
        "2f1cf99842f19a286657ec1eb8dc6120fa79ef69",
        "MiDaS 3.1, BEiT",
        344.0,
        1370,
        (384, 384),
        "MIT",
    ),
    HubModel(
        "dpt-beit-large-512",
        "Intel/dpt-beit-large-512",
        "ead58c150f1fcebca5de8edc0fbc80a947572243",
        "MiDaS 3.1, BEiT",
        345.0,
        1380,
        (512, 512),
        "MIT",
    ),
)

MODELS = {model.name: model for model in _ENTRIES}
"""Every known model, by name."""


def find(name: str) -> HubModel | None:
    """The entry of a short name, or of a repository in the table; None for neither."""
    if name in MODELS:
        return MODELS[name]
    return next((model for model in _ENTRIES if model.repository.lower() == name.lower()), None)
