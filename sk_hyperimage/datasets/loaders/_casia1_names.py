"""File names of CASIA-1: their meaning, and corrections of known errors."""

from __future__ import annotations

import re

from sk_hyperimage.datasets.loaders._casia import TamperedName, corrections

AUTHENTIC = re.compile(r"au_([a-z]{3})_(\d{4})")
TAMPERED = re.compile(
    r"sp_[sd]_[cn][rn][dn]_([acrt])_"  # S and D are sometimes wrong, unlike ids
    r"([a-z]{3}\d{4})_([a-z]{3}\d{4})[_.](\d{4})"  # two names have a dot there
)
MASK = re.compile(r"(.*)_gt")

# Background and donor of tampered images, by number, that the first release names in reverse or
# wrongly. After the names of the masks of Pham et al., and for 0542 of their corrected images.
CORRECTED = corrections("""
0051 arc0003 arc0003  0117 sec0049 sec0050  0124 txt0043 txt0006  0146 txt0042 txt0056
0320 cha0039 nat0019  0404 arc0059 ani0001  0405 arc0066 ani0003  0406 cha0056 ani0005
0407 cha0044 ani0009  0408 sec0042 ani0010  0409 ani0026 ani0013  0410 cha0057 ani0021
0411 pla0094 ani0025  0412 pla0096 ani0026  0413 arc0063 ani0032  0414 nat0069 ani0034
0415 pla0088 ani0038  0416 sec0070 ani0046  0417 cha0024 ani0058  0418 ani0056 ani0059
0419 cha0037 ani0061  0420 art0079 ani0065  0421 cha0028 ani0068  0422 nat0093 ani0069
0423 nat0028 ani0070  0424 cha0095 ani0078  0425 cha0055 ani0079  0426 sec0005 ani0080
0427 ani0097 ani0082  0428 sec0009 ani0083  0429 ani0086 ani0085  0430 ani0081 ani0088
0431 arc0030 ani0092  0432 art0031 ani0100  0443 nat0063 nat0065  0444 arc0033 arc0025
0445 nat0083 arc0080  0454 cha0002 art0009  0455 art0074 art0010  0456 arc0034 art0011
0457 cha0010 art0012  0458 cha0018 art0013  0459 cha0051 art0014  0460 cha0071 art0027
0461 cha0063 art0029  0462 sec0007 art0054  0463 cha0029 art0068  0464 arc0013 art0077
0465 cha0036 art0090  0466 arc0029 art0092  0467 cha0026 art0095  0468 arc0002 art0098
0469 arc0004 art0100  0484 pla0082 cha0005  0485 cha0017 cha0006  0486 nat0002 cha0009
0487 pla0002 cha0013  0488 cha0011 cha0014  0489 sec0097 cha0016  0490 arc0096 cha0025
0491 art0096 cha0026  0492 arc0070 cha0030  0493 sec0043 cha0031  0494 cha0054 cha0040
0495 pla0085 cha0043  0496 cha0048 cha0049  0497 nat0001 cha0053  0498 sec0039 cha0065
0499 nat0033 cha0074  0500 cha0070 cha0075  0502 sec0021 cha0086  0503 cha0094 cha0089
0504 arc0045 cha0091  0513 cha0037 cha0043  0538 cha0003 pla0043  0542 cha0011 sec0011
0545 sec0063 sec0060
""")


def authentic_id(stem: str) -> str | None:
    """Category and number of an authentic image, None for another name: "ani0001"."""
    match = AUTHENTIC.fullmatch(stem.lower())
    return match and match[1] + match[2]


def tampered_name(stem: str) -> TamperedName | None:
    """Decode the name of a tampered image without its suffix; None for another name."""
    match = TAMPERED.fullmatch(stem.lower())
    if match is None:
        return None
    letter, background, donor, number = match.groups()
    if background == donor == "txt" + number:
        number = letter + number  # each texture was copied in three ways, under its own number
    background, donor = CORRECTED.get(number, (background, donor))
    return TamperedName(background, donor, "", number)


def mask_number(stem: str) -> str | None:
    """Number of the tampered image that a mask belongs to, None for another name."""
    match = MASK.fullmatch(stem.lower())
    name = tampered_name(match[1]) if match else None
    return name and name.number
