#!/usr/bin/env python3
"""Writes models/labels/split.json: which pictures are kept for tuning (thresholds) and for the report (looked at once); others are learnt from.

Usage: split.py --data DIR
Pictures of one place or video stay together; near-duplicates too. A name is the picture's file name without its ending.
"""
import argparse
import csv
import glob
import json
import os

import cv2
import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from common import MODELS, dhash, split_by_origin

WHY = {
    "kitchens/bakery": "one kitchen, one ceiling camera, three days: "
                      "Frame_12_802 (most of the dark caps and scarves) is learnt from, Frame_8802 tunes, Frame_802 is reported",
    "kitchens/office": "one room. Reported: the second camera (hairnet_102, mask_data_102) and hairnet_ver_5; tuned on: hairr, hair05, hairrr1",
    "kitchens/misc": "food plants in films: BC2, BC3 and BC5 are reported, BC4 tunes; what is left is the office again and is learnt from",
    "kitchens/factory": "films without names: eight pictures of cooks in cloth caps (one scene, found by its look) "
                       "are reported, the others are learnt from",
    "kitchens/street": "single pictures of many places: by hash of their look, two tenths reported, two tenths tuned on",
    "overhead": "one hall; scenes told apart by their colours: work at a pale tray is reported, work at a hanging rack tunes",
    "gloves, hands, hardhats, masks": "near-duplicates (difference hash within 6 bits) share a tenth: "
                                      "the first is reported (as before), the second tunes",
}
VIDEOS = {
    "report": ["Frame_802", "hairnet_102_mp4", "mask_data_102_mp4", "hairnet_ver_5_mp4",
               "video_BC2_image", "video_BC3_image", "video_BC5_image"],
    "tune": ["Frame_8802", "hairr_mp4", "hair05_mp4", "hairrr1_mp4", "video_BC4_image"],
}


def stem(path):
    return os.path.basename(path).split(".")[0]


def scenes(pictures, look, count):
    """Groups of pictures that look alike, the largest first."""
    label = fcluster(linkage(np.array([look(p) for p in pictures]), "average"), count, "maxclust")
    order = sorted(set(label), key=lambda c: (-(label == c).sum(), c))
    return [np.where(label == c)[0] for c in order]


def thumbnail(bgr):
    return cv2.resize(bgr, (12, 8), interpolation=cv2.INTER_AREA).astype(np.float32).ravel() / 255


def colours(bgr):
    """Of a crop with black bars: a thumbnail and the shares of colours."""
    rows, columns = np.where(bgr.max(2) > 18)
    bgr = bgr[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    shares = cv2.calcHist([cv2.cvtColor(bgr, cv2.COLOR_BGR2HSV)], [0, 1], None, [12, 4], [0, 180, 0, 256]).ravel()
    small = cv2.resize(bgr, (6, 6), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    return np.concatenate([small / 255 * 0.5, shares / shares.sum() * 6])


def tenths(files):
    parts = split_by_origin([dhash(cv2.imread(f)) for f in files])
    return [(f, int(p)) for f, p in zip(files, parts)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    data = parser.parse_args().data
    kept = {"tune": [], "report": []}
    with open(f"{data}/kitchens/origin.csv") as lines:
        rows = list(csv.DictReader(lines))
    picture = {stem(f): f for f in glob.glob(f"{data}/kitchens/images/*")}
    rows = [r for r in rows if r["image"] in picture]
    for part, videos in VIDEOS.items():
        kept[part] += [picture[r["image"]] for r in rows if r["video"] in videos]
    street = tenths(sorted(picture[r["image"]] for r in rows if r["place"] == "street"))
    kept["report"] += [f for f, p in street if p < 2]
    kept["tune"] += [f for f, p in street if 2 <= p < 4]
    factory = [picture[r["image"]] for r in rows if r["place"] == "factory"]
    kept["report"] += [factory[i] for i in scenes([cv2.imread(f) for f in factory], thumbnail, 14)[5]]
    overhead = sorted(glob.glob(f"{data}/overhead/images/*"))
    groups = scenes([cv2.imread(f) for f in overhead], colours, 12)
    kept["report"] += [overhead[i] for k in (2, 8) for i in groups[k]]
    kept["tune"] += [overhead[i] for i in groups[3]]
    for folders in (("masks/*", "hardhats/images", "hands/images"), ("gloves/images",)):
        files = sum((sorted(glob.glob(f"{data}/{folder}/*")) for folder in folders), [])
        parted = tenths(files)
        kept["report"] += [f for f, p in parted if p == 0]
        kept["tune"] += [f for f, p in parted if p == 1]
    of = lambda files: {name: sorted(stem(f) for f in files if os.path.relpath(f, data).startswith(name + "/")) for name in
                        ("kitchens", "overhead", "gloves", "hands", "hardhats", "masks")}
    with open(os.path.join(MODELS, "labels", "split.json"), "w") as out:
        json.dump({"why": WHY, **{part: of(files) for part, files in kept.items()}}, out, separators=(",", ":"))
        out.write("\n")
    for part, files in kept.items():
        print(part, {name: len(names) for name, names in of(files).items()})


if __name__ == "__main__":
    main()
