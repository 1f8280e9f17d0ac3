"""Records src/data/fixtures/bmp.json: small Windows bitmaps of every kind and what Pillow reads from them.

Run: /work/peers/bin/python reference/data/bmp.py
"""

import base64
import io
import json
import pathlib
import struct

import numpy as np
import PIL
from PIL import Image

OUT = pathlib.Path(__file__).parents[2] / "src/data/fixtures/bmp.json"


def main() -> None:
    rng = np.random.default_rng(3)
    width, height = 13, 7
    source = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    cases = []

    def record(name: str, file: bytes) -> None:
        result = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
        data = base64.b64encode(result.tobytes()).decode()
        cases.append(
            {
                "name": name,
                "file": base64.b64encode(file).decode(),
                "result": {"width": result.shape[1], "height": result.shape[0], "data": data},
            }
        )

    def saved(image: Image.Image) -> bytes:
        out = io.BytesIO()
        image.save(out, "BMP")
        return out.getvalue()

    record("24 bits", saved(source))
    record("8 bits, palette", saved(source.quantize(200)))
    record("8 bits, grey", saved(source.convert("L")))
    record("1 bit", saved(source.convert("1")))

    def header(bits: int, rows: int, compression: int, data: bytes, extra: bytes = b"", colours: int = 0) -> bytes:
        offset = 54 + len(extra)
        info = struct.pack("<IiiHHIIiiII", 40, width, rows, 1, bits, compression, len(data), 2835, 2835, colours, 0)
        return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + info + extra + data

    pixels = np.asarray(source)
    bgr = pixels[:, :, ::-1]
    top_down = b"".join(row.tobytes() + b"\0" * (-len(row.tobytes()) % 4) for row in bgr)
    record("24 bits, from the top", header(24, -height, 0, top_down))
    bgrx = np.concatenate([bgr, np.zeros((height, width, 1), np.uint8)], axis=2)[::-1]
    record("32 bits", header(32, height, 0, bgrx.tobytes()))
    five = (pixels >> 3).astype(np.uint16)
    words = ((five[:, :, 0] << 10) | (five[:, :, 1] << 5) | five[:, :, 2])[::-1]
    record("16 bits", header(16, height, 0, b"".join(row.tobytes() + b"\0\0" for row in words)))
    nibbles = rng.integers(0, 16, (height, 16), dtype=np.uint8)
    nibbles[:, width:] = 0
    rows = (nibbles[:, 0::2] << 4) | nibbles[:, 1::2]
    palette = b"".join(bytes([i * 16, 255 - i * 9, i * 3, 0]) for i in range(16))
    record("4 bits", header(4, height, 0, rows.tobytes(), palette, 16))
    OUT.write_text(json.dumps({"pillow": PIL.__version__, "cases": cases}) + "\n")


main()
