"""Pictures made into training batches on the device (a GPU where there is one): mosaics with their boxes, and what a cheap camera does."""
import numpy as np
import torch
import torch.nn.functional as F

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
# Pictures lie in squares of these sides, so that a batch of them is one tensor.
SIDES = (416, 640)
GREY = 114


class Store:
    """Pictures of any size (8-bit BGR, the longer side at most 640) on the device."""

    def __init__(self, pictures):
        self.size = np.array([p.shape[1::-1] for p in pictures], np.float32)
        self.bucket = (self.size.max(1) > SIDES[0]).astype(np.int64)
        self.place = np.zeros(len(pictures), np.int64)
        self.squares = []
        for bucket, side in enumerate(SIDES):
            members = np.where(self.bucket == bucket)[0]
            self.place[members] = np.arange(len(members))
            squares = torch.full((max(1, len(members)), 3, side, side), GREY, dtype=torch.uint8, device=DEVICE)
            for k, i in enumerate(members):
                p = pictures[i]
                squares[k, :, : p.shape[0], : p.shape[1]] = torch.from_numpy(np.ascontiguousarray(p)).to(DEVICE).permute(2, 0, 1)
            self.squares.append(squares)


def padded(lists):
    """Lists of [class, x1, y1, x2, y2] as one array; class -1 is nothing."""
    out = np.full((len(lists), max(1, max(map(len, lists))), 5), -1, np.float32)
    for i, boxes in enumerate(lists):
        if boxes:
            out[i, : len(boxes)] = boxes
    return out


class Plans(torch.utils.data.Dataset):
    """What each step's batch shows: which pictures, how large, turned how, where their boxes then lie. Made in worker processes, by the seed."""

    def __init__(self, store, targets, weight, near, turning, sizes, batch, steps, seed):
        self.size, self.bucket, self.place = store.size, store.bucket, store.place
        self.boxes, self.ignored = (padded([t[k] for t in targets]) for k in (0, 1))
        self.p = weight / weight.sum()
        # `near` pictures show one thing that fills them; `turning` ones are seen from above, where heads lie at any angle.
        self.near, self.turning, self.sizes, self.batch, self.steps, self.seed = near, turning, sizes, batch, steps, seed

    def __len__(self):
        return self.steps

    def __getitem__(self, step):
        rng = np.random.default_rng(self.seed * 1000003 + step)
        side = int(self.sizes[rng.integers(len(self.sizes))])
        count = max(1, round(self.batch * (self.sizes[0] / side) ** 2))
        across = rng.choice([1, 2, 3], count, p=[0.45, 0.35, 0.2])
        canvas, region = [], []
        for c, n in enumerate(across):
            cuts = [np.concatenate([[0], (np.arange(1, n) + rng.uniform(-0.25, 0.25, n - 1)) / n * side, [side]]).round() for _ in range(2)]
            for gy in range(n):
                for gx in range(n):
                    canvas.append(c)
                    region.append([cuts[0][gx], cuts[1][gy], cuts[0][gx + 1], cuts[1][gy + 1]])
        canvas, region = np.array(canvas), np.array(region, np.float32)
        n = len(canvas)
        pick = rng.choice(len(self.p), n, p=self.p)
        size, room = self.size[pick], region[:, 2:] - region[:, :2]
        # Of a wide view a small cell shows a part, so that heads stay large enough to be seen.
        low = np.where(self.near[pick], 0.35, 0.65 + 0.15 * (across[canvas] - 1))
        high = np.where(self.near[pick], 1.2, 1.4 + 0.3 * (across[canvas] - 1))
        scale = room.max(1) / size.max(1) * np.exp(rng.uniform(np.log(low), np.log(high)))
        turn = np.where(rng.random(n) < 0.4, rng.normal(0, 9, n), 0.0)
        turn += np.where(self.turning[pick] & (rng.random(n) < 0.08), rng.integers(1, 4, n) * 90, 0)
        cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
        flip = np.where(rng.random(n) < 0.5, -1.0, 1.0)
        forth = np.stack([cos * flip, -sin, sin * flip, cos], 1).reshape(n, 2, 2) * scale[:, None, None]
        extent = np.abs(forth) @ size[:, :, None] / 2
        centre = region[:, :2] + extent[..., 0] + (room - 2 * extent[..., 0]) * rng.random((n, 2))
        back = np.linalg.inv(forth)
        # affine_grid counts from -1 to 1 over the canvas and over the square that the picture lies in.
        square = np.array(SIDES)[self.bucket[pick]]
        theta = np.zeros((n, 2, 3), np.float32)
        theta[:, :, :2] = back * side / square[:, None, None]
        offset = size / 2 + (back @ (side / 2 - centre)[..., None])[..., 0]
        theta[:, :, 2] = 2 * offset / square[:, None] - 1
        level = np.clip(np.floor(-np.log2(scale) + 1e-6), 0, 2).astype(int)
        groups = [np.where((self.bucket[pick] == b) & (level == v))[0] for b in range(len(SIDES)) for v in range(3)]
        boxes, more = self.moved(self.boxes[pick], size, forth, centre, region, scale, cos, sin, False)
        ignored, _ = self.moved(self.ignored[pick], size, forth, centre, region, scale, cos, sin, True)
        owner = lambda rows: (canvas[rows[0]], rows[1])
        return {
            "side": side, "count": count, "canvas": torch.from_numpy(canvas), "region": torch.from_numpy(region),
            "theta": torch.from_numpy(theta), "place": torch.from_numpy(self.place[pick]),
            "groups": [(g // 3, g % 3, torch.from_numpy(i)) for g, i in enumerate(groups) if len(i)],
            "boxes": torch.from_numpy(gather(count, *owner(boxes))),
            "ignored": torch.from_numpy(gather(count, *(np.concatenate(x) for x in zip(owner(ignored), owner(more))))),
        }

    @staticmethod
    def moved(boxes, size, forth, centre, region, scale, cos, sin, silent):
        """(cell, box) of every box on the canvas, and of those too small or cut off to be asked for. Things are round, silence has corners."""
        middle = (boxes[:, :, 1:3] + boxes[:, :, 3:5]) / 2 - size[:, None] / 2
        half = (boxes[:, :, 3:5] - boxes[:, :, 1:3]) / 2
        middle = np.einsum("nij,nkj->nki", forth, middle) + centre[:, None]
        c, s = np.abs(cos)[:, None], np.abs(sin)[:, None]
        parts = np.stack([half[..., 0] * c, half[..., 1] * s, half[..., 0] * s, half[..., 1] * c], -1).reshape(*half.shape, 2)
        half = (parts.sum(-1) if silent else np.sqrt((parts**2).sum(-1))) * scale[:, None, None]
        low, high = np.maximum(middle - half, region[:, None, :2]), np.minimum(middle + half, region[:, None, 2:])
        inside = (boxes[:, :, 0] >= 0) & ((high - low).min(2) >= 2)
        seen = (high - low).clip(0).prod(2) / np.maximum(4 * half.prod(2), 1e-6)
        clear = inside if silent else inside & (seen >= 0.45) & ((high - low).min(2) >= 4)
        row = np.concatenate([boxes[:, :, :1], low, high], 2)
        of = lambda chosen: (np.where(chosen)[0], row[chosen])
        return of(clear), of(inside & ~clear)


def gather(count, owner, rows):
    """Boxes by canvas: [count, most, 5]."""
    order = np.argsort(owner, kind="stable")
    owner, rows = owner[order], rows[order]
    number = np.bincount(owner, minlength=count)
    out = np.full((count, max(8, -(-int(number.max(initial=1)) // 8) * 8), 5), -1, np.float32)
    out[owner, np.arange(len(owner)) - np.repeat(np.cumsum(number) - number, number)] = rows
    return out


def render(store, plan):
    """A plan's pictures as float[N,3,S,S], 0–255."""
    side, count = plan["side"], plan["count"]
    out = torch.zeros((count, 3, side, side), device=DEVICE)
    line = torch.arange(side, device=DEVICE) + 0.5
    region, theta, canvas, place = (plan[k].to(DEVICE, non_blocking=True) for k in ("region", "theta", "canvas", "place"))
    for bucket, level, members in plan["groups"]:
        for at in members.split(64):
            at = at.to(DEVICE, non_blocking=True)
            source = store.squares[bucket][place[at]].float() - GREY
            if level:
                source = F.avg_pool2d(source, 2**level)
            x1, y1, x2, y2 = (region[at, k, None] for k in range(4))
            shown = ((line > y1) & (line < y2))[:, None, :, None] & ((line > x1) & (line < x2))[:, None, None, :]
            grid = F.affine_grid(theta[at], (len(at), 3, side, side), align_corners=False)
            out.index_add_(0, canvas[at], F.grid_sample(source, grid, "bilinear", "zeros", False) * shown)
    return out + GREY


class Chance:
    """Random numbers for one batch, by the seed; small ones are drawn here, those of pixels on the device."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def uniform(self, low, high, *shape):
        return torch.from_numpy(self.rng.uniform(low, high, shape).astype(np.float32)).to(DEVICE)

    def some(self, count, share):
        return torch.from_numpy(np.where(self.rng.random(count) < share)[0]).to(DEVICE)

    def noise(self, like):
        return torch.randn(like.shape, device=like.device)


def smooth(x, sigma):
    """A Gaussian of its own width for each picture."""
    reach = torch.arange(-4, 5, device=x.device).float()
    kernel = torch.exp(-0.5 * (reach / sigma[:, None]) ** 2)
    kernel = kernel / kernel.sum(1, keepdim=True)
    for dim in (2, 3):
        around = F.pad(x, (4, 4, 0, 0) if dim == 3 else (0, 0, 4, 4), mode="replicate")
        x = sum(around.narrow(dim, k, x.shape[dim]) * kernel[:, k, None, None, None] for k in range(9))
    return x


LUMA = torch.tensor([
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56], [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99]]).float()
CHROMA = torch.full((8, 8), 99.0)
CHROMA[:4, :4] = torch.tensor([[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]).float()


def compress(x, quality):
    """What JPEG of a quality (one a picture) leaves of BGR pictures whose sides are multiples of 16."""
    n = torch.arange(8, device=x.device).float()
    dct = torch.cos((2 * n[None] + 1) * n[:, None] * np.pi / 16) * 0.5
    dct[0] = dct[0] / np.sqrt(2)
    factor = torch.where(quality < 50, 50 / quality, 2 - quality / 50).view(-1, 1, 1, 1, 1)
    b, g, r = x.unbind(1)
    y = 0.114 * b + 0.587 * g + 0.299 * r
    half = lambda plane: F.avg_pool2d(plane[:, None], 2)[:, 0]
    planes = [(y, LUMA), (half((b - y) * 0.564), CHROMA), (half((r - y) * 0.713), CHROMA)]
    done = []
    for plane, table in planes:
        count, h, w = plane.shape
        blocks = plane.reshape(count, h // 8, 8, w // 8, 8).transpose(2, 3)
        step = (table.to(x.device) * factor).clamp(min=1)
        blocks = dct.t() @ (((dct @ blocks @ dct.t()) / step).round() * step) @ dct
        done.append(blocks.transpose(2, 3).reshape(count, h, w))
    y, cb, cr = done[0], *(F.interpolate(p[:, None], scale_factor=2.0, mode="nearest")[:, 0] for p in done[1:])
    b, r = y + cb / 0.564, y + cr / 0.713
    return torch.stack((b, (y - 0.114 * b - 0.299 * r) / 0.587, r), 1)


def light(x, chance, least=0.6, most=1.4, cast=0.08):
    n = len(x)
    x = x * chance.uniform(least, most, n, 1, 1, 1) + chance.uniform(-22, 22, n, 1, 1, 1)
    colour = torch.ones(n, 1, 1, 1, device=x.device)
    some = chance.some(n, 0.6)
    colour[some] = chance.uniform(0.0, 1.4, len(some), 1, 1, 1)
    grey = x.mean(1, keepdim=True)
    x = (grey + (x - grey) * colour) * chance.uniform(1 - cast, 1 + cast, n, 3, 1, 1)
    bend = torch.ones(n, 1, 1, 1, device=x.device)
    some = chance.some(n, 0.25)
    bend[some] = chance.uniform(0.6, 2.0, len(some), 1, 1, 1)
    return (x.clamp(0, 255) / 255 + 1e-4) ** bend * 255


def camera(x, chance):
    """Other light, a soft lens, few pixels, noise and compression: what a cheap camera and its stream do to a frame."""
    n = len(x)
    x = light(x, chance)
    some = chance.some(n, 0.3)
    if len(some):
        x[some] = smooth(x[some], chance.uniform(0.4, 1.9, len(some)))
    some = chance.some(n, 0.15)
    if len(some):
        x[some] = F.interpolate(F.avg_pool2d(x[some], 2), scale_factor=2.0, mode="bilinear", align_corners=False)
    some = chance.some(n, 0.3)
    if len(some):
        x[some] = x[some] + chance.noise(x[some]) * chance.uniform(2, 12, len(some), 1, 1, 1)
    some = chance.some(n, 0.4)
    if len(some):
        x[some] = compress(x[some], chance.uniform(12, 80, len(some)))
    return x.clamp(0, 255)
