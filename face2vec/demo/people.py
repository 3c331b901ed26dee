"""Made-up people: looks drawn from a seed, and the sitter whom such a look gives.

A sitter has the hair or hat of one of the two portraits, a face blended of both, bent to a shape
of their own, and colours of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from face2vec.demo.portraits import Portrait
from face2vec.demo.warp import CANVAS, LUMA, bend, hull_mask, mix, soften

NAMES = (
    "amara", "bruna", "celine", "daria", "edith", "farida", "greta", "hedda", "ines", "johanna",
    "keiko", "luisa", "maren", "nadia", "olga", "paloma", "quirina", "rosa", "selma", "tilda",
    "ulla", "vera", "wanda", "xenia", "yasmin", "zelda",
)  # fmt: skip

COLLINS, HOPPER = 0, 1

# Where a head's outline is, x, y on the canvas and z towards the camera: hair, ears and fringe.
CROWN = np.array(
    [
        (120, 200, -70), (135, 130, -70), (190, 85, -60), (256, 70, -60), (322, 85, -60),
        (378, 130, -70), (392, 200, -70), (380, 250, -70), (140, 255, -70),
        (256, 140, -5), (200, 150, -10), (312, 150, -10),
    ],
    dtype=np.float64,
)  # fmt: skip
_CROWN_CENTRE = np.array([256.0, 190.0])
# What stays where it is, whatever the head does: shoulders and the canvas's border.
STILL = np.array(
    [
        (0, 0), (256, 0), (511, 0), (0, 256), (511, 256), (0, 420), (120, 420), (256, 440),
        (392, 420), (511, 420), (0, 511), (128, 511), (256, 511), (384, 511), (511, 511),
    ],
    dtype=np.float64,
)  # fmt: skip

# Which portrait gives each part of a person, and how much of the other one is in the skin.
_CASTS = (
    # head, body, eyes, mouth, share of the other portrait's skin
    (COLLINS, COLLINS, COLLINS, HOPPER, 0.35),
    (COLLINS, HOPPER, HOPPER, COLLINS, 0.25),
    (HOPPER, HOPPER, HOPPER, COLLINS, 0.65),
    (COLLINS, HOPPER, COLLINS, HOPPER, 0.45),
    (COLLINS, COLLINS, COLLINS, COLLINS, 0.10),
    (HOPPER, HOPPER, HOPPER, HOPPER, 0.15),
    (COLLINS, HOPPER, HOPPER, COLLINS, 0.20),
    (COLLINS, COLLINS, COLLINS, HOPPER, 0.60),
)
# Colours are blue, green, red.
_HAIR = (
    (150, 190, 205), (40, 46, 58), (58, 84, 120), (60, 98, 168),
    (172, 176, 180), (84, 130, 176), (30, 34, 46), (100, 136, 190),
)  # fmt: skip
_CLOTHES = (
    (70, 42, 30), (40, 36, 110), (60, 80, 40), (52, 52, 56),
    (110, 70, 40), (90, 60, 90), (60, 100, 150), (110, 96, 30),
)  # fmt: skip
# Exponents of a skin's blue, green and red: above 1 is darker.
_TONES = (
    (1.0, 1.0, 1.0), (1.5, 1.45, 1.38), (1.12, 1.07, 1.02), (1.3, 1.22, 1.14),
    (0.95, 0.97, 1.0), (1.2, 1.13, 1.06), (1.85, 1.75, 1.65), (1.05, 1.05, 1.0),
)  # fmt: skip

# How far each trait of a face's shape goes both ways: shares, or pixels of the canvas, on which the
# eyes are 76 apart. Short noses, square jaws and high brows go less far: detectors miss such faces.
_TRAITS = {
    "jaw_width": (-0.07, 0.07),
    "chin": (-11, 11),
    "jaw_squareness": (-9, 4),
    "brow_height": (-6, 3),
    "brow_tilt": (-3.5, 3.5),
    "eye_gap": (-5, 5),
    "eye_size": (-0.11, 0.11),
    "eye_slant": (-0.05, 0.05),
    "nose_length": (-4, 10),
    "nose_width": (-0.15, 0.15),
    "mouth_width": (-0.11, 0.11),
    "lip_height": (-0.12, 0.12),
    "mouth_height": (-4, 4),
}
_CANDIDATES = 40  # faces drawn for each person, of which the one least like the others is kept


@dataclass(frozen=True, eq=False)
class Look:
    """What a made-up person is made of.

    Attributes:
        name: a first name, lower case.
        head, body, eyes, mouth: which portrait each part comes from.
        other_skin: share of the other portrait in the skin, 0 to 1.
        hair, clothes: colours, blue, green, red.
        tone: the skin's exponents, see _TONES.
        traits: how the face is shaped, -1 to 1 by the names of _TRAITS.
        crown: width and height of the hair, 1 as in the portrait.
        mirrored: whether left is right.
    """

    name: str
    head: int
    body: int
    eyes: int
    mouth: int
    other_skin: float
    hair: np.ndarray
    clothes: np.ndarray
    tone: np.ndarray
    traits: dict[str, float]
    crown: tuple[float, float]
    mirrored: bool


@dataclass(frozen=True, eq=False)
class Sitter:
    """A made-up person ready for the camera.

    Attributes:
        image: (CANVAS, CANVAS, 4) float32: blue, green, red 0 to 255, and alpha 0 to 1.
        landmarks: (68, 2) float64, x, y on the canvas.
        crown: CROWN moved to this person's hair, (n, 3).
        mirrored: whether the photos are to be turned left to right.
    """

    image: np.ndarray
    landmarks: np.ndarray
    crown: np.ndarray
    mirrored: bool


def draw_looks(seed: int, people: int) -> list[Look]:
    """Draws that many people, no two much alike; the first ones are the same for any number."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(NAMES)
    hair, clothes, tones = (rng.permutation(table) for table in (_HAIR, _CLOTHES, _TONES))
    shapes: list[np.ndarray] = []
    looks = []
    for index in range(people):
        shapes.append(_least_alike(rng, shapes))
        again, cast = divmod(index, len(_CASTS))  # where casts come again, in other colours
        head, body, eyes, mouth, other_skin = _CASTS[cast]
        volume = rng.uniform(0.88, 1.06)
        looks.append(
            Look(
                name=str(names[index]),
                head=head,
                body=body,
                eyes=eyes,
                mouth=mouth,
                other_skin=other_skin,
                hair=hair[(index + 3 * again) % len(hair)],
                clothes=clothes[(index + 5 * again) % len(clothes)],
                tone=tones[(index + again) % len(tones)],
                traits=dict(zip(_TRAITS, shapes[-1].tolist(), strict=True)),
                crown=(volume * rng.uniform(0.94, 1.06), volume),
                mirrored=(index + again) % 2 == 1,
            )
        )
    return looks


def pose(look: Look, portraits: tuple[Portrait, Portrait]) -> Sitter:
    """Puts a person together."""
    shape = _shaped(_base_shape(look, portraits), look)
    crown = CROWN.copy()
    crown[:, :2] = _CROWN_CENTRE + (CROWN[:, :2] - _CROWN_CENTRE) * look.crown
    collins, hopper = portraits
    layers = (
        _bent(_dressed(collins, look, hat=False), shape, crown),
        _bent(_dressed(hopper, look, hat=True), shape, crown),
    )
    head, body = layers[look.head], layers[look.body]
    image = _blended_face(head, layers[1 - look.head], look)
    alpha, skin = head.person, head.skin
    if body is not head:
        image, alpha, skin = _on_body(image, head, body)
    dark = 255 * (np.clip(image, 0, 255) / 255) ** look.tone.astype(np.float32)
    teeth = hull_mask(shape[60:68], 1.5)
    image = mix(image, dark, np.clip(skin - 0.7 * teeth, 0, 1))
    return Sitter(
        image=np.dstack([np.clip(image, 0, 255), np.clip(alpha, 0, 1)]).astype(np.float32),
        landmarks=shape,
        crown=crown,
        mirrored=look.mirrored,
    )


def _least_alike(rng: np.random.Generator, others: list[np.ndarray]) -> np.ndarray:
    """Draws faces and returns the one whose nearest neighbour is farthest (Mitchell, 1991)."""
    size = (_CANDIDATES, len(_TRAITS))
    drawn = rng.uniform(0.4, 1, size) * rng.choice((-1, 1), size)
    if not others:
        return drawn[0]
    distances = np.linalg.norm(drawn[:, None] - np.array(others)[None], axis=2)
    return drawn[distances.min(axis=1).argmax()]


def _base_shape(look: Look, portraits: tuple[Portrait, Portrait]) -> np.ndarray:
    """The mean of both portraits' landmarks, with the mouth as its owner holds it."""
    base = (portraits[COLLINS].landmarks + portraits[HOPPER].landmarks) / 2
    mouth = portraits[look.mouth].landmarks[48:]
    base[48:] = mouth - mouth.mean(axis=0) + base[48:].mean(axis=0)
    return base


def _shaped(base: np.ndarray, look: Look) -> np.ndarray:
    """Moves jaw, brows, eyes, nose and mouth by the look's traits; (68, 2) in and out."""
    trait = {name: np.interp(look.traits[name], (-1, 1), ends) for name, ends in _TRAITS.items()}
    points = base.copy()
    middle = base[27, 0]

    jaw = points[:17]
    low = np.clip((jaw[:, 1] - base[30, 1]) / (base[8, 1] - base[30, 1]), 0, 1)
    side = np.sign(jaw[:, 0] - middle)
    jaw[:, 0] = middle + (jaw[:, 0] - middle) * (1 + trait["jaw_width"])
    jaw[:, 0] += side * np.sin(low * np.pi) * trait["jaw_squareness"]
    jaw[:, 1] += low * trait["chin"]

    # Spectacles would bend with the brows.
    tilt = trait["brow_tilt"] * (0.35 if look.eyes == HOPPER else 1.0)
    for brow, outward, slope in ((slice(17, 22), -1, 1), (slice(22, 27), 1, -1)):
        points[brow, 0] += outward * 0.7 * trait["eye_gap"]
        points[brow, 1] += trait["brow_height"] + slope * np.linspace(tilt, -tilt, 5)
    for eye, outward in ((slice(36, 42), -1), (slice(42, 48), 1)):
        centre = base[eye].mean(axis=0)
        around = (base[eye] - centre) * (1 + trait["eye_size"])
        around[:, 1] += outward * around[:, 0] * trait["eye_slant"]
        points[eye] = centre + around + (outward * trait["eye_gap"], 0)

    points[27:31, 1] += np.linspace(0, trait["nose_length"], 4)
    points[31:36, 0] += (base[31:36, 0] - base[33, 0]) * trait["nose_width"]
    points[31:36, 1] += trait["nose_length"]

    centre = base[48:].mean(axis=0)
    points[48:] += (base[48:] - centre) * (trait["mouth_width"], trait["lip_height"])
    points[48:, 1] += trait["mouth_height"] + trait["nose_length"] / 2
    return points


def _dressed(portrait: Portrait, look: Look, hat: bool) -> Portrait:
    """The portrait in the look's colours of hair or hat and clothes."""
    image = portrait.image
    if hat:  # the less detail, the less is seen of a real hat's badge
        image = _tinted(image, portrait.top, look.clothes, detail=0.3)
    else:
        image = _tinted(image, portrait.top, look.hair, detail=0.8)
    image = _tinted(image, portrait.clothes, look.clothes, detail=0.5)
    return replace(portrait, image=image)


def _tinted(image: np.ndarray, mask: np.ndarray, colour: np.ndarray, detail: float) -> np.ndarray:
    """Gives what the mask shows another colour, keeping light and shade to the share `detail`."""
    grey = np.clip(image, 1, 255) @ LUMA
    shade = (grey / ((grey * mask).sum() / mask.sum())) ** np.float32(detail)
    tinted = shade[..., None] * np.asarray(colour, np.float32)
    tinted -= 0.55 * np.maximum(tinted - 170, 0)  # highlights roll off as on film
    return mix(image, np.clip(tinted, 0, 255), mask)


def _bent(portrait: Portrait, shape: np.ndarray, crown: np.ndarray) -> Portrait:
    """The portrait with its landmarks moved to `shape` and its hair to `crown`."""
    start = np.concatenate([portrait.landmarks, CROWN[:, :2], STILL])
    end = np.concatenate([shape, crown[:, :2], STILL])
    masks = np.dstack([portrait.person, portrait.head, portrait.top, portrait.clothes])
    person, head, top, clothes = np.moveaxis(bend(masks, start, end).clip(0, 1), 2, 0)
    return Portrait(bend(portrait.image, start, end), shape, person, head, top, clothes)


def _blended_face(frame: Portrait, other: Portrait, look: Look) -> np.ndarray:
    """The frame's picture with its face blended with the other portrait's.

    Eyes (with or without spectacles) and mouth come from one portrait each, since half a pair of
    spectacles or half a smile is no face; the skin between them is mixed.
    """
    shape = frame.landmarks
    rim = np.concatenate([shape[:17], shape[17:27] - (0, 14)])
    inside = hull_mask(shape[30] + 0.93 * (rim - shape[30]), 6) * frame.skin
    under_eyes = shape[36:48].reshape(2, 6, 2).mean(axis=1) + np.array([0, 38])
    eyes = hull_mask(np.concatenate([shape[[0, 1, 15, 16]], shape[17:27] - (0, 6), under_eyes]), 4)
    lips = shape[48:60]
    mouth = hull_mask(lips.mean(axis=0) + (lips - lips.mean(axis=0)) * (1.35, 1.9), 6)
    share = np.full_like(eyes, look.other_skin)
    share += (float(look.eyes != look.head) - share) * eyes
    share += (float(look.mouth != look.head) - share) * mouth
    return mix(frame.image, _matched(other.image, frame.image, inside), share * inside)


def _matched(image: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Gives `image` the mean colour and the contrast that the target has under the mask."""
    weight = (mask / mask.sum())[..., None]
    mean, goal = ((picture * weight).sum(axis=(0, 1)) for picture in (image, target))
    spread = np.sqrt(((image - mean) ** 2 * weight).sum())
    goal_spread = np.sqrt(((target - goal) ** 2 * weight).sum())
    contrast = np.clip(goal_spread / spread, 0.9, 1.3)
    return np.clip((image - mean) * contrast + goal, 0, 255)


def _on_body(face: np.ndarray, head: Portrait, body: Portrait) -> tuple[np.ndarray, ...]:
    """Sets a head upon the other portrait's body; returns picture, alpha and skin mask."""
    rows = np.arange(CANVAS)[:, None] + np.zeros(CANVAS)
    jaw = head.landmarks[:17]
    neck = _matched(body.image, face, hull_mask(jaw, 4))
    below = mix(body.image, neck, body.skin)
    head_mask = head.head * soften(rows < jaw[8, 1] + 6, 3)
    body_mask = body.person * soften(rows > 345, 2)
    skin = head.skin * head_mask + body.skin * (1 - head_mask) * body_mask
    return mix(below, face, head_mask), np.maximum(body_mask, head_mask), skin
