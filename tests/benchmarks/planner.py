"""Plans for thousands of random photos, masks and profiles, each checked against what the planner promises.

    python -m tests.benchmarks.planner [--scenes 5000] [--seed 0] [--json]

Photos of 1 to 12,000 pixels a side, masks of one to three soft spots, every size list of the engine models and server
profiles. Checked: the size is legal, everything painted is in the crop and in the sent mask, nothing is resampled
where a legal crop exists, an exact plan is undone without a pixel's difference, a scaled one within half a pixel.
Pixels are only made for photos of up to a megapixel. The status is 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from typing import Any

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.plan import FreeSizes, Plan, SizeRules
from dalle_studio.engines.models import MODELS
from dalle_studio.engines.profiles import PROFILES
from dalle_studio.imaging.planning import cut_mask, cut_pixels, make_plan, paste_back
from tests.imaging.test_planning import has_legal_crop

ALL_RULES: dict[str, SizeRules] = {
    **{model.name: model.sizes for model in MODELS.values()},
    **{name: profile.sizes for name, profile in PROFILES.items() if profile.sizes is not None},
}
MOST_PIXELS = 1_000_000


def broken(photo: Size, bounds: Rect, rules: SizeRules, plan: Plan) -> list[str]:
    """Promises that a plan does not keep, by geometry alone."""
    found = []
    if not rules.allows(plan.sent):
        found.append("illegal size")
    if not plan.crop.contains(bounds) or not Rect.of_size(photo).contains(plan.crop):
        found.append("crop without the mask, or beyond the photo")
    if not Rect.of_size(plan.sent).contains(plan.placed):
        found.append("placed beyond what is sent")
    if isinstance(rules, FreeSizes):
        if has_legal_crop(rules, photo, bounds) and (plan.scale != 1 or not plan.padding.is_empty):
            found.append("resampled or padded without need")
        if plan.experimental != (plan.sent.area > rules.preferred_area):
            found.append("experimental size not marked")
    sides = ((plan.crop.width, plan.placed.width), (plan.crop.height, plan.placed.height))
    lowest = max((placed - 0.5) / (side + 0.5) for side, placed in sides)
    highest = min((placed + 0.5) / (side - 0.5) for side, placed in sides)
    if lowest > highest and min(plan.placed.width, plan.placed.height) > 1:
        found.append("half a pixel astray")
    return found


def broken_pixels(photo: Size, mask: np.ndarray, plan: Plan, seed: int) -> list[str]:
    """Promises about the pixels that are sent and come back."""
    found = []
    pixels = np.random.default_rng(seed).integers(0, 256, (*photo.shape, 3), np.uint8)
    sent = cut_pixels(plan, pixels)
    form = cut_mask(plan, FrozenMask.of(mask), 0)
    if sent.shape[:2] != plan.sent.shape or form.shape != plan.sent.shape:
        found.append("sent in another size than planned")
    if not set(np.unique(form)) <= {0, 255}:
        found.append("a soft mask is sent")
    y, x = np.nonzero(mask)
    rows = ((y - plan.crop.y + 0.5) * plan.placed.height / plan.crop.height).astype(int) + plan.placed.y
    columns = ((x - plan.crop.x + 0.5) * plan.placed.width / plan.crop.width).astype(int) + plan.placed.x
    if (form[rows, columns] == 0).any():
        found.append("painted but not in the sent mask")
    back = paste_back(plan, sent)
    if back.shape[:2] != plan.crop.size.shape:
        found.append("came back in another size")
    elif plan.is_exact and not np.array_equal(back, pixels[plan.crop.slices]):
        found.append("an exact plan changed pixels")
    return found


def random_side(chance: random.Random) -> int:
    return chance.choice((chance.randint(1, 64), chance.randint(65, 1400), chance.randint(1401, 12_000)))


def random_mask(photo: Size, chance: random.Random) -> np.ndarray:
    """Up to three spots of any strength."""
    mask = np.zeros(photo.shape, np.uint8)
    for _ in range(chance.randint(1, 3)):
        left, top = chance.randrange(photo.width), chance.randrange(photo.height)
        right, bottom = chance.randint(left + 1, photo.width), chance.randint(top + 1, photo.height)
        mask[top:bottom, left:right] = chance.randint(1, 255)
    return mask


def run(scenes: int, seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    names = sorted(ALL_RULES)
    failures: list[str] = []
    kinds: Counter[str] = Counter()
    start = time.process_time()
    for number in range(scenes):
        photo = Size(random_side(chance), random_side(chance))
        name = chance.choice(names)
        context = chance.choice((None, chance.randint(0, 3000)))
        mask = random_mask(photo, chance) if photo.area <= MOST_PIXELS else None
        if mask is not None:
            bounds = FrozenMask.of(mask).bounds
        else:
            left, top = chance.randrange(photo.width), chance.randrange(photo.height)
            bounds = Rect.of_edges(
                left, top, chance.randint(left + 1, photo.width), chance.randint(top + 1, photo.height)
            )
        plan = make_plan(photo, bounds, ALL_RULES[name], context=context)
        found = broken(photo, bounds, ALL_RULES[name], plan)
        if mask is not None:
            found += broken_pixels(photo, mask, plan, number)
        kinds["exact" if plan.is_exact else "scaled"] += 1
        kinds["with pixels"] += mask is not None
        kinds["padded"] += not plan.padding.is_empty
        failures += [f"{one}: photo {photo}, bounds {bounds}, {name}, context {context}" for one in found]
    return {
        "scenes": scenes,
        "rules": len(names),
        **kinds,
        "broken": failures,
        "cpu_seconds": round(time.process_time() - start, 1),
    }


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--scenes", type=int, default=5000)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    found = run(given.scenes, given.seed)
    if given.json:
        print(json.dumps(found, indent=1))
    else:
        for name, value in found.items():
            print(f"{name}: {value if name != 'broken' else len(value)}")
        print("\n".join(found["broken"][:20]))
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
