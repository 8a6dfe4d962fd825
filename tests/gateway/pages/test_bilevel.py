"""Black and white from grey."""

from __future__ import annotations

from PIL import Image, ImageDraw

from gateway.pages.bilevel import bilevel


def share_of_ink(page: Image.Image, box=None) -> float:
    histogram = (page.crop(box) if box else page).convert("L").histogram()
    return histogram[0] / sum(histogram)


def test_writing_is_cut_at_a_threshold():
    page = Image.new("L", (200, 100), 255)
    draw = ImageDraw.Draw(page)
    draw.rectangle((20, 20, 80, 60), fill=10)
    draw.line((20, 80, 180, 80), fill=90, width=3)
    made = bilevel(page)
    assert made.mode == "1"
    assert made.size == page.size
    assert made.convert("L").tobytes() == bytes(0 if x < 128 else 255 for x in page.tobytes())


def test_a_picture_keeps_its_shades():
    page = Image.linear_gradient("L").resize((512, 512))
    made = bilevel(page)
    assert share_of_ink(made, (0, 0, 512, 64)) > 0.9  # black above
    assert 0.3 < share_of_ink(made, (0, 224, 512, 288)) < 0.7  # grey in the middle
    assert share_of_ink(made, (0, 448, 512, 512)) < 0.1


def test_a_picture_beside_writing_leaves_the_writing_alone():
    page = Image.new("L", (640, 320), 255)
    page.paste(130, (320, 0, 640, 320))  # lighter than the threshold, but a shade
    ImageDraw.Draw(page).rectangle((40, 40, 200, 60), fill=0)
    made = bilevel(page)
    assert share_of_ink(made, (40, 40, 200, 60)) == 1
    assert share_of_ink(made, (0, 70, 288, 320)) == 0
    assert 0.35 < share_of_ink(made, (352, 0, 640, 320)) < 0.65


def test_pages_smaller_than_a_block():
    assert bilevel(Image.new("L", (1, 1), 0)).size == (1, 1)
    assert bilevel(Image.new("L", (5, 3), 128)).size == (5, 3)
