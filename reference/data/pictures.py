"""Records src/data/fixtures/pictures.json: small pictures of every colour space, depth, orientation and kind of transparency, and
what Pillow makes of them: turned upright, on white where they are transparent, 16 bits cut to the upper 8.

Run: python reference/data/pictures.py  (numpy, Pillow with AVIF)
"""

import base64
import io
import json
import pathlib
import struct
import warnings
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

OUT = pathlib.Path(__file__).parents[2] / "src/data/fixtures/pictures.json"
W, H = 20, 12
warnings.simplefilter("ignore")

yy, xx = np.mgrid[0:H, 0:W]
RGB = np.stack([xx * 255 / (W - 1), yy * 255 / (H - 1), (xx + yy) * 255 / (W + H - 2)], -1).round().astype(np.uint8)
RGB[2:5, 2:7] = [250, 10, 10]
GREY = np.asarray(Image.fromarray(RGB).convert("L"))
ALPHA = ((xx * 37 + yy * 11) % 256).astype(np.uint8)
RGBA = np.concatenate([RGB, ALPHA[..., None]], -1)
GREY_ALPHA = np.stack([GREY, ALPHA], -1)
DEEP = (RGB.astype(np.uint16) << 8) + ((xx * 7 + yy * 13) % 256)[..., None].astype(np.uint16)
picture = Image.fromarray(RGB)
cases = []


def pillow(file: bytes, background: int = 255) -> np.ndarray:
    im = Image.open(io.BytesIO(file))
    im.load()
    im = ImageOps.exif_transpose(im)
    if im.mode.startswith("I;16"):
        upper = (np.asarray(im).astype(np.uint16) >> 8).astype(np.uint8)
        return np.repeat(upper[..., None], 3, -1)
    if im.mode in ("F", "I"):
        raise ValueError("no fixed white")
    if im.has_transparency_data:
        rgba = np.asarray(im.convert("RGBA")).astype(np.float64)
        alpha = rgba[..., 3:] / 255
        return np.floor(rgba[..., :3] * alpha + background * (1 - alpha) + 0.5).astype(np.uint8)
    return np.asarray(im.convert("RGB"))


def record(name: str, file: bytes, tolerance: int = 0, right: np.ndarray | None = None, refused: bool = False) -> None:
    """`tolerance`: levels that decoders of lossy formats may differ by. `right`: where Pillow cannot read it, or reads it wrong.
    `refused`: we do not read it, as what Pillow itself cannot read."""
    try:
        if refused:
            raise ValueError("not read here")
        result = pillow(file) if right is None else right
        made = {"width": result.shape[1], "height": result.shape[0], "data": base64.b64encode(result.tobytes()).decode()}
    except Exception as error:
        made = None
        print(f"refused by Pillow: {name}: {error}")
    cases.append({"name": name, "file": base64.b64encode(file).decode(), "tolerance": tolerance, "result": made})


def saved(im: Image.Image, form: str, **options) -> bytes:
    out = io.BytesIO()
    im.save(out, form, **options)
    return out.getvalue()


def exif(orientation: int) -> bytes:
    e = Image.Exif()
    e[0x0112] = orientation
    return e.tobytes()


# ------------------------------------------------------------------ JPEG
def segments(file: bytes):
    at = 2
    while file[at + 1] != 0xDA:
        length = struct.unpack(">H", file[at + 2 : at + 4])[0]
        yield at, file[at + 1], length
        at += 2 + length


def without(file: bytes, marker: int) -> bytes:
    for at, m, length in list(segments(file))[::-1]:
        if m == marker:
            file = file[:at] + file[at + 2 + length :]
    return file


def transform(file: bytes, value: int) -> bytes:
    for at, m, _ in segments(file):
        if m == 0xEE:
            file = file[: at + 15] + bytes([value]) + file[at + 16 :]
    return file


def jpegs() -> None:
    record("jpeg 4:4:4", saved(picture, "JPEG", quality=95, subsampling=0), 2)
    record("jpeg 4:2:0 progressive", saved(picture, "JPEG", quality=95, subsampling=2, progressive=True), 3)
    record("jpeg grey", saved(picture.convert("L"), "JPEG", quality=95), 1)
    record("jpeg stored as RGB", saved(picture, "JPEG", quality=95, subsampling=0, keep_rgb=True), 2)
    cmyk = np.stack([255 - RGB[..., 0], 255 - RGB[..., 1], 255 - RGB[..., 2], (xx * 6) % 256], -1).astype(np.uint8)
    inks = Image.fromarray(cmyk, "CMYK")
    adobe = saved(inks, "JPEG", quality=98)
    record("jpeg cmyk adobe", adobe, 3)
    record("jpeg ycck adobe", transform(adobe, 2), 4)
    record("jpeg cmyk without adobe marker", without(adobe, 0xEE), 3)
    for o in range(1, 9):
        record(f"jpeg orientation {o}", saved(picture, "JPEG", quality=95, subsampling=0, exif=exif(o)), 2)
    for o in (0, 9, 77):
        record(f"jpeg orientation {o} that does not exist", saved(picture, "JPEG", quality=95, subsampling=0, exif=exif(o)), 2)
    mpo = io.BytesIO()
    picture.save(mpo, "MPO", save_all=True, append_images=[picture.rotate(180)], quality=95, subsampling=0)
    record("jpeg with a second picture (mpo)", mpo.getvalue(), 2)


# ------------------------------------------------------------------ PNG
def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples: np.ndarray, bits: int, colour: int, extra: bytes = b"") -> bytes:
    rows = samples.reshape(samples.shape[0], -1)
    if bits == 16:
        raw = [row.astype(">u2").tobytes() for row in rows]
    elif bits == 8:
        raw = [row.astype(np.uint8).tobytes() for row in rows]
    else:
        raw = [np.packbits(((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).ravel()).tobytes() for row in rows]
    data = zlib.compress(b"".join(b"\0" + row for row in raw))
    head = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pngs() -> None:
    record("png grey", png(GREY, 8, 0))
    for bits in (1, 2, 4):
        record(f"png grey of {bits} bits", png(GREY >> (8 - bits), bits, 0))
    record("png grey of 16 bits", png(DEEP[..., 1], 16, 0))
    record("png rgb", png(RGB, 8, 2))
    record("png rgb of 16 bits", png(DEEP, 16, 2))
    record("png grey and alpha", png(GREY_ALPHA, 8, 4), 1)
    record("png rgb and alpha", png(RGBA, 8, 6), 1)
    deep_alpha = np.concatenate([DEEP, (ALPHA.astype(np.uint16) * 257)[..., None]], -1)
    record("png rgb and alpha of 16 bits", png(deep_alpha, 16, 6), 1)
    record("png grey and alpha of 16 bits", png(deep_alpha[..., 2:], 16, 4), 1)
    record("png grey with a transparent level", png(GREY, 8, 0, chunk(b"tRNS", struct.pack(">H", int(GREY[0, 5])))))
    record("png rgb with a transparent colour", png(RGB, 8, 2, chunk(b"tRNS", struct.pack(">HHH", 250, 10, 10))))
    record("png grey of 1 bit with a transparent level", png(GREY >> 7, 1, 0, chunk(b"tRNS", struct.pack(">H", 1))))
    table = np.random.default_rng(1).integers(0, 256, (16, 3), dtype=np.uint8)
    numbers = ((xx + yy * 3) % 16).astype(np.uint8)
    plte = chunk(b"PLTE", table.tobytes())
    for bits in (4, 8):
        record(f"png palette of {bits} bits", png(numbers, bits, 3, plte))
    record("png palette with alpha", png(numbers, 8, 3, plte + chunk(b"tRNS", bytes(range(0, 256, 20)))), 1)
    record("png palette with one transparent colour", png(numbers, 4, 3, plte + chunk(b"tRNS", b"\xff\xff\0")))
    record("png with gamma", png(RGB, 8, 2, chunk(b"gAMA", struct.pack(">I", 100000))))
    record("png with srgb and chromaticities", png(RGB, 8, 2, chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)) + chunk(b"sRGB", b"\0")))
    for o in range(2, 9):
        record(f"png orientation {o}", saved(picture, "PNG", exif=exif(o)))
    record("png animation", saved(picture, "PNG", save_all=True, append_images=[picture.rotate(180)]))


# ------------------------------------------------------------------ TIFF
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 11: 4}


def tiff(data: list[bytes], bits: list[int], photometric: int, *, more=(), big=False, planar=1, rows=None, tile=None, shape=(H, W), compression=1, pages=()) -> bytes:
    """A TIFF of strips or tiles. `more`: further tags (tag, type, values)."""
    e = ">" if big else "<"
    pieces = []

    def one(data, bits, photometric, more, planar, rows, tile, shape, compression, at, last):
        offsets = []
        blob = b""
        for piece in data:
            offsets.append(at + len(blob))
            blob += piece + b"\0" * (len(piece) % 2)
        tags = [(256, 4, [shape[1]]), (257, 4, [shape[0]]), (258, 3, bits), (259, 3, [compression]), (262, 3, [photometric]), (277, 3, [len(bits)]), (284, 3, [planar])]
        if tile:
            tags += [(322, 4, [tile[1]]), (323, 4, [tile[0]]), (324, 4, offsets), (325, 4, [len(p) for p in data])]
        else:
            tags += [(273, 4, offsets), (278, 4, [rows or shape[0]]), (279, 4, [len(p) for p in data])]
        named = {t for t, _, _ in more}
        tags = sorted([t for t in tags if t[0] not in named] + list(more))
        ifd = at + len(blob)
        beyond = ifd + 2 + 12 * len(tags) + 4
        table, extra = struct.pack(e + "H", len(tags)), b""
        for tag, kind, values in tags:
            if kind == 5:
                raw = b"".join(struct.pack(e + "II", *v) for v in values)
            else:
                raw = struct.pack(e + {1: "B", 3: "H", 4: "I", 11: "f"}[kind] * len(values), *values)
            table += struct.pack(e + "HHI", tag, kind, len(values))
            if len(raw) <= 4:
                table += raw.ljust(4, b"\0")
            else:
                table += struct.pack(e + "I", beyond + len(extra))
                extra += raw + b"\0" * (len(raw) % 2)
        end = beyond + len(extra)
        return blob + table + struct.pack(e + "I", 0 if last else end + 4) + extra, ifd

    body, ifd = one(data, bits, photometric, more, planar, rows, tile, shape, compression, 8, not pages)
    if pages:
        blob2, ifd2 = one(*pages[0], 8 + len(body), True)
        # the link to the second page stands after the first table of tags
        n = struct.unpack(e + "H", body[ifd - 8 : ifd - 6])[0]
        link = ifd - 8 + 2 + 12 * n
        body = body[:link] + struct.pack(e + "I", ifd2) + body[link + 4 :] + blob2
    return (b"MM\0*" if big else b"II*\0") + struct.pack(e + "I", ifd) + body


def packed(samples: np.ndarray, bits: int) -> bytes:
    rows = samples.reshape(samples.shape[0], -1)
    return b"".join(np.packbits(((row[:, None] >> np.arange(bits - 1, -1, -1)) & 1).astype(np.uint8).ravel()).tobytes() for row in rows)


def tiffs() -> None:
    b = lambda a: [np.ascontiguousarray(a).tobytes()]
    inverted = 255 - GREY
    record("tiff grey, white is 0", tiff(b(inverted), [8], 0))
    record("tiff grey, black is 0", tiff(b(GREY), [8], 1))
    record("tiff grey, big endian", tiff(b(GREY), [8], 1, big=True))
    for bits in (1, 2, 4):
        record(f"tiff grey of {bits} bits", tiff([packed(GREY >> (8 - bits), bits)], [bits], 1))
        record(f"tiff grey of {bits} bits, white is 0", tiff([packed(GREY >> (8 - bits), bits)], [bits], 0))
    grey16 = DEEP[..., 1]
    record("tiff grey of 16 bits", tiff(b(grey16), [16], 1))
    record("tiff grey of 16 bits, big endian", tiff(b(grey16.astype(">u2")), [16], 1, big=True))
    record("tiff grey of 16 bits, white is 0", tiff(b(65535 - grey16), [16], 0), right=np.repeat((grey16 >> 8).astype(np.uint8)[..., None], 3, -1))
    record("tiff rgb", tiff(b(RGB), [8] * 3, 2))
    record("tiff rgb of 16 bits", tiff(b(DEEP), [16] * 3, 2))
    record("tiff rgb in planes", tiff([np.ascontiguousarray(RGB[..., c]).tobytes() for c in range(3)], [8] * 3, 2, planar=2))
    record("tiff rgb in strips", tiff([RGB[y : y + 5].tobytes() for y in range(0, H, 5)], [8] * 3, 2, rows=5))
    padded = np.pad(RGB, ((0, 4), (0, 12), (0, 0)))
    tiles = [np.ascontiguousarray(padded[:16, x : x + 16]).tobytes() for x in (0, 16)]
    record("tiff rgb in tiles", tiff(tiles, [8] * 3, 2, tile=(16, 16)))
    table = np.random.default_rng(2).integers(0, 256, (256, 3)).astype(np.uint16)
    record("tiff palette", tiff(b(GREY), [8], 3, more=[(320, 3, list((table.T.ravel() * 257).tolist()))]))
    small = table[:16]
    record("tiff palette of 4 bits", tiff([packed(GREY >> 4, 4)], [4], 3, more=[(320, 3, (small.T.ravel() * 257).tolist())]))
    record("tiff mask", tiff([packed(GREY >> 7, 1)], [1], 4))
    cmyk = np.stack([255 - RGB[..., 0], 255 - RGB[..., 1], 255 - RGB[..., 2], (xx * 6) % 256], -1).astype(np.uint8)
    record("tiff cmyk", tiff(b(cmyk), [8] * 4, 5))
    record("tiff cmyk and one more ink", tiff(b(np.concatenate([cmyk, ALPHA[..., None]], -1)), [8] * 5, 5, more=[(338, 3, [0])]))
    record("tiff cmyk in planes", tiff([np.ascontiguousarray(cmyk[..., c]).tobytes() for c in range(4)], [8] * 4, 5, planar=2))
    ycc = np.asarray(picture.convert("YCbCr"))
    record("tiff ycbcr", tiff(b(ycc), [8] * 3, 6, more=[(530, 3, [1, 1])]), 1)
    blocks = b""
    for y in range(0, H, 2):
        for x in range(0, W, 2):
            part = ycc[y : y + 2, x : x + 2]
            blocks += part[..., 0].tobytes() + bytes([int(part[..., 1].mean()), int(part[..., 2].mean())])
    means = ycc.copy()
    for y in range(0, H, 2):
        for x in range(0, W, 2):
            for c in (1, 2):
                means[y : y + 2, x : x + 2, c] = int(ycc[y : y + 2, x : x + 2, c].mean())
    halved = np.asarray(Image.fromarray(means, "YCbCr").convert("RGB"))
    record("tiff ycbcr, colours halved", tiff([blocks], [8] * 3, 6, more=[(530, 3, [2, 2])]), 2, right=halved)
    deep_inks = (cmyk.astype(np.uint16) << 8) + 77
    record("tiff cmyk of 16 bits", tiff(b(deep_inks), [16] * 4, 5))
    record("tiff in the big form", saved(picture, "TIFF", big_tiff=True))
    inside = saved(picture, "TIFF", compression="jpeg", quality=95)
    record("tiff with jpeg inside", inside, 3)
    signed = np.stack([GREY, (xx * 5 % 100).astype(np.uint8), ((256 - yy * 6) % 256).astype(np.uint8)], -1)
    record("tiff cielab", tiff(b(signed), [8] * 3, 8), refused=True)
    over = np.clip(np.floor(np.minimum(GREY * (255 / np.maximum(ALPHA, 1)), 255)) * (ALPHA / 255) + 255 - ALPHA + 0.5, 0, 255)
    premultiplied = np.repeat(over.astype(np.uint8)[..., None], 3, -1)
    for kind, words in ((0, "unspecified"), (1, "premultiplied alpha"), (2, "alpha")):
        record(f"tiff rgb and a sample of {words}", tiff(b(RGBA), [8] * 4, 2, more=[(338, 3, [kind])]), 1 if kind != 1 else 2)
        record(f"tiff grey and a sample of {words}", tiff(b(GREY_ALPHA), [8] * 2, 1, more=[(338, 3, [kind])]), 1 if kind != 1 else 2, right=premultiplied if kind == 1 else None)
    record("tiff rgb and a sample that is not declared", tiff(b(RGBA), [8] * 4, 2), 1)
    record("tiff grey and a sample that is not declared", tiff(b(GREY_ALPHA), [8] * 2, 1), 1)
    five = np.concatenate([RGBA, GREY[..., None]], -1)
    record("tiff rgb, unspecified, unspecified", tiff(b(five), [8] * 5, 2, more=[(338, 3, [0, 0])]))
    record("tiff rgb, alpha, unspecified", tiff(b(five), [8] * 5, 2, more=[(338, 3, [2, 0])]), 1)
    deep4 = np.concatenate([DEEP, (ALPHA.astype(np.uint16) * 257)[..., None]], -1)
    record("tiff rgb and alpha of 16 bits", tiff(b(deep4), [16] * 4, 2, more=[(338, 3, [2])]), 1)
    record("tiff rgb and an unspecified sample of 16 bits", tiff(b(deep4), [16] * 4, 2, more=[(338, 3, [0])]))
    record("tiff rgb and alpha in planes", tiff([np.ascontiguousarray(RGBA[..., c]).tobytes() for c in range(4)], [8] * 4, 2, planar=2, more=[(338, 3, [2])]), 1)
    record("tiff rgb and an unspecified sample in planes", tiff([np.ascontiguousarray(RGBA[..., c]).tobytes() for c in range(4)], [8] * 4, 2, planar=2, more=[(338, 3, [0])]), right=RGB)
    for o in range(2, 9):
        record(f"tiff orientation {o}", tiff(b(RGB), [8] * 3, 2, more=[(274, 3, [o])]))
    flip = np.ascontiguousarray(RGB[::-1])
    record("tiff of two pages", tiff(b(RGB), [8] * 3, 2, pages=[(b(flip), [8] * 3, 2, (), 1, None, None, (H, W), 1)]))
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "tiff_adobe_deflate"):
        record(f"tiff {compression}", saved(picture, "TIFF", compression=compression))
    record("tiff of fax group 4", saved(picture.convert("1"), "TIFF", compression="group4"))
    record("tiff of 32 bits", tiff(b(GREY.astype(np.uint32) << 24), [32], 1))
    record("tiff of signed 16 bits", tiff(b((DEEP[..., 1] >> 1).astype(np.int16)), [16], 1, more=[(339, 3, [2])]))
    record("tiff of floats", tiff(b(GREY.astype(np.float32) / 255), [32], 1, more=[(339, 3, [3])]))
    record("tiff logluv", tiff(b(GREY.astype(np.uint32)), [32], 32845))


# ------------------------------------------------------------------ GIF
def lzw(numbers: np.ndarray, bits: int = 2) -> bytes:
    """Codes that are never packed tighter: a clear code before the table would grow."""
    clear, end, width = 1 << bits, (1 << bits) + 1, bits + 1
    codes, run = [], 0
    for v in numbers.ravel():
        if run == 0:
            codes.append(clear)
        codes.append(int(v))
        run = (run + 1) % ((1 << bits) - 2)
    codes.append(end)
    value = n = 0
    out = bytearray()
    for code in codes:
        value |= code << n
        n += width
        while n >= 8:
            out.append(value & 255)
            value >>= 8
            n -= 8
    if n:
        out.append(value & 255)
    parts = b"".join(bytes([len(out[i : i + 255])]) + bytes(out[i : i + 255]) for i in range(0, len(out), 255))
    return bytes([bits]) + parts + b"\0"


PALETTE = bytes([0, 200, 0, 250, 0, 0, 0, 0, 240, 90, 90, 90])


def frame(x: int, y: int, numbers: np.ndarray, transparent: int | None = None, disposal: int = 0, local: bytes | None = None) -> bytes:
    control = b""
    if transparent is not None or disposal:
        control = b"!\xf9\4" + bytes([(disposal << 2) | (transparent is not None)]) + b"\5\0" + bytes([transparent or 0, 0])
    return control + b"," + struct.pack("<HHHHB", x, y, numbers.shape[1], numbers.shape[0], 0x81 if local else 0) + (local or b"") + lzw(numbers)


def gif(*frames: bytes, background: int = 0, size=(W, H), table=True) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0x81 if table else 0, background, 0) + (PALETTE if table else b"") + b"".join(frames) + b";"


def gifs() -> None:
    whole = ((xx + yy) % 4).astype(np.uint8)
    part = whole[2:8, 3:13]
    on_white = np.full((H, W, 3), 255, np.uint8)
    colours = np.frombuffer(PALETTE, np.uint8).reshape(4, 3)
    on_white[4:10, 5:15] = colours[part]
    record("gif", gif(frame(0, 0, whole)))
    record("gif with a transparent colour", gif(frame(0, 0, whole, transparent=2)))
    record("gif with a local palette", gif(frame(0, 0, whole, local=PALETTE[::-1])))
    # Pillow fills what no frame covers with the first colour or the transparent one; we let the background show, as browsers do.
    record("gif, a small frame", gif(frame(5, 4, part)), right=on_white)
    record("gif, a small frame, another background colour", gif(frame(5, 4, part), background=1), right=on_white)
    hole = on_white.copy()
    hole[4:10, 5:15][part == 1] = 255
    record("gif, a small frame with a transparent colour", gif(frame(5, 4, part, transparent=1)), right=hole)
    record("gif animation", gif(frame(0, 0, whole), frame(2, 2, part, disposal=1)))
    record("gif animation that clears", gif(frame(0, 0, whole, disposal=2), frame(2, 2, part, disposal=3)))
    record("gif animation, a small first frame", gif(frame(5, 4, part, disposal=2), frame(0, 0, whole)), right=on_white)
    record("gif with a comment", gif(b"!\xfe\5hello\0", frame(0, 0, whole)))
    record("gif by Pillow, interlaced", saved(picture.convert("P", palette=Image.Palette.ADAPTIVE), "GIF", interlace=True))
    record("gif by Pillow, grey", saved(picture.convert("L"), "GIF"))


# ------------------------------------------------------------------ BMP
def bmp(bits: int, compression: int, data: bytes, *, header=40, masks=b"", table=b"", colours=0, rows=H) -> bytes:
    body = struct.pack("<IiiHHIIiiII", header, W, rows, 1, bits, compression, len(data), 2835, 2835, colours, 0)
    body += (masks if header > 40 else b"").ljust(header - 40, b"\0")
    extra = (masks if header == 40 else b"") + table
    offset = 14 + len(body) + len(extra)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + body + extra + data


def bmps() -> None:
    bgra = np.concatenate([RGB[..., ::-1], ALPHA[..., None]], -1)[::-1].tobytes()
    usual = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    record("bmp of 32 bits, fourth byte not declared", bmp(32, 0, bgra))
    record("bmp of 32 bits with masks and alpha, header of 124", bmp(32, 3, bgra, header=124, masks=usual), 1)
    record("bmp of 32 bits with masks and alpha, header of 108", bmp(32, 3, bgra, header=108, masks=usual), 1)
    record("bmp of 32 bits with masks, no alpha", bmp(32, 3, bgra, masks=usual[:12]))
    record("bmp of 32 bits with masks and alpha, header of 56", bmp(32, 3, bgra, header=56, masks=usual), 1)
    other = struct.pack("<IIII", 0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    rgba = RGBA[::-1].tobytes()
    record("bmp of 32 bits, red first, with alpha", bmp(32, 3, rgba, header=124, masks=other), 1)
    record("bmp of 32 bits, red first, no alpha", bmp(32, 3, rgba, masks=other[:12]), right=RGB)
    words = ((RGB[..., 0].astype(np.uint16) >> 3) << 11 | (RGB[..., 1].astype(np.uint16) >> 2) << 5 | RGB[..., 2] >> 3)[::-1]
    record("bmp of 16 bits, 5 6 5", bmp(16, 3, words.astype("<u2").tobytes(), masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    grey = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 4, 1)
    grey[:, 3] = 0
    numbers = GREY[::-1]
    runs = b""
    for row in numbers:
        runs += bytes([5, int(row[0])]) + bytes([0, W - 5]) + row[5:].tobytes() + b"\0" * ((W - 5) % 2) + b"\0\0"
    runs += b"\0\1"
    record("bmp of 8 bits in runs", bmp(8, 1, runs, table=grey.tobytes(), colours=256))
    moved = bytes([4, 200, 0, 2, 3, 2, 5, 100, 0, 0, 6, 50, 0, 1])
    jumped = np.zeros((H, W), np.uint8)
    jumped[0, :4], jumped[2, 7:12], jumped[3, :6] = 200, 100, 50
    record("bmp of 8 bits in runs with jumps", bmp(8, 1, moved, table=grey.tobytes(), colours=256), right=np.repeat(jumped[::-1, :, None], 3, -1))
    table16 = grey[::17][:16].tobytes()
    four = b"".join(bytes([W, (y * 16 + 15 - y) % 256, 0, 0]) for y in range(H)) + b"\0\1"
    record("bmp of 4 bits in runs", bmp(4, 2, four, table=table16, colours=16))
    os2 = b"BM" + struct.pack("<IHHI", 26 + W * H * 3, 0, 0, 26) + struct.pack("<IHHHH", 12, W, H, 1, 24) + RGB[::-1, :, ::-1].tobytes()
    record("bmp with the header of OS/2", os2)
    record("bmp from the top", bmp(24, 0, RGB[..., ::-1].tobytes(), rows=-H))


# ------------------------------------------------------------------ WebP, AVIF
def webs() -> None:
    rgba = Image.fromarray(RGBA)
    record("webp", saved(picture, "WEBP", quality=95), 3)
    record("webp without loss", saved(picture, "WEBP", lossless=True))
    record("webp with alpha", saved(rgba, "WEBP", lossless=True, exact=True), 1)
    record("webp with loss and alpha", saved(rgba, "WEBP", quality=95, exact=True), 3)
    record("webp animation", saved(picture, "WEBP", lossless=True, save_all=True, append_images=[picture.rotate(180)]))
    clear = Image.new("RGBA", (W, H), (0, 0, 0, 0))
    clear.paste(picture.crop((0, 0, 8, 8)), (4, 2))
    record("webp animation with alpha", saved(clear, "WEBP", lossless=True, save_all=True, append_images=[rgba]), 1)
    for o in range(2, 9):
        record(f"webp orientation {o}", saved(picture, "WEBP", lossless=True, exif=exif(o)))
    record("avif", saved(picture, "AVIF", quality=95, subsampling="4:4:4"), 4)
    # Without sharp edges: libavif smooths halved colours, libheif repeats them.
    smooth = Image.fromarray(np.stack([xx * 8 + 40, yy * 14 + 30, xx * 4 + yy * 5 + 20], -1).astype(np.uint8))
    record("avif 4:2:0", saved(smooth, "AVIF", quality=95), 10)
    record("avif with alpha", saved(rgba, "AVIF", quality=95, subsampling="4:4:4"), 5)
    record("avif grey", saved(picture.convert("L"), "AVIF", quality=95), 4)
    for o in range(2, 9):
        record(f"avif orientation {o}", saved(picture, "AVIF", quality=95, subsampling="4:4:4", exif=exif(o)), 4)


for make in (jpegs, pngs, tiffs, gifs, bmps, webs):
    make()
OUT.write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=0) + "\n")
print(len(cases), "cases", OUT.stat().st_size, "bytes")
