"""Words for passwords that a person reads from a screen and types: short, distinct, harmless."""

from __future__ import annotations

import secrets

WORDS = tuple(
    """
    acorn alder almond amber anchor apple apron arrow aspen autumn badge bamboo banjo barley basil
    basket beach beacon bell berry birch bison blossom border bottle branch brass breeze brick
    bridge bronze brook brush bucket button cabin cactus camel candle canoe canvas canyon carbon
    carpet castle cedar cello chalk cherry chess cinder circle citrus clay clever cliff clock
    clover coast cobalt cocoa comet copper coral cotton crane crater cricket crystal cypress daisy
    delta desert dolphin donkey dragon dune eagle early easel echo elbow elder ember emerald engine
    falcon feather fern ferry fiddle field flame flint flute forest fossil fountain fox frost galaxy
    garden garlic garnet ginger glacier globe goose granite grape gravel green grove guitar gull
    hammer harbor harp hazel heather hedge heron hickory hill honey hornet indigo iris island
    ivory jacket jade jasmine jigsaw juniper kettle kiwi koala ladder lagoon lantern larch laurel
    lava lemon lentil lily linen lion lizard lotus lunar magnet mango maple marble meadow medal
    melon meteor mint mirror mitten moon moss motor mountain mustard nectar needle nickel north
    nutmeg oak oasis oat ocean olive onion opal orange orbit orchid otter owl oyster paddle palm
    panda paper parrot pasture peach pearl pebble pepper piano pigeon pillow pine planet plum pocket
    pond poplar poppy prairie puffin pumpkin purple quarry quartz quill rabbit radar radish raven
    reef ribbon ridge river robin rocket rose ruby saddle saffron sail salmon sand sapphire
    scarlet shadow shell silver sky slate snow solar sparrow spruce squirrel star stone storm
    summer sunset swan tango teal thistle thunder tiger timber topaz tulip tundra turtle valley
    velvet violet walnut water willow winter yellow zebra
    """.split()
)


def readable_password() -> str:
    """Four words and a number: 38 bits or more, enough where guesses are counted and slowed."""
    first, second, third, fourth = (secrets.choice(WORDS) for _ in range(4))
    return f"{first}-{second}-{secrets.randbelow(90) + 10}-{third}-{fourth}"
