"""File names of CASIA-2: their meaning, and corrections of known errors."""

from __future__ import annotations

import re

from sk_hyperimage.datasets.loaders._casia import TamperedName, corrections

AUTHENTIC = re.compile(r"au_([a-z]{3})_(\d{4,5})")
TAMPERED = re.compile(
    r"tp_[sd]_[cn][rn][dn]_([smln])_[nbom]_"  # S and D are sometimes wrong, unlike ids
    r"([a-z]{3})(\d{4,5})_([a-z]{3})(\d{4,5})_(\d{5})"
)
MASK = re.compile(r"tp_.*_(\d{5})_gt\d*")

REGION_SIZES = {"s": "small", "m": "medium", "l": "large", "n": ""}

# Background and donor of tampered images with a wrong name, by the number that ends the name. xxx
# is a photograph that is not among the authentic ones. After the list of Pham et al.
CORRECTED = corrections("""
00306 arc00086 xxx00001  00672 nat00071 nat00071  00785 sec00082 sec00082
00816 ani00085 ani00085  00829 ani00046 ani00046  01000 art00016 art00016
01135 pla00015 pla00015  01622 sec20032 xxx00008  01870 art20064 art20064
01927 pla20027 pla20027  02130 sec20052 xxx00007  02154 arc20007 arc20007
02157 arc20014 arc20014  02185 arc20100 xxx00010  02199 arc20016 xxx00009
02478 arc20052 xxx00006  02480 arc20049 xxx00003  02481 arc20061 xxx00004
02482 arc20062 xxx00005  10011 arc00024 cha00014  10040 ani00083 ani00068
10050 cha10101 cha10101  10117 cha00057 ani00005  10170 cha00004 cha00004
10182 txt00068 cha00088  10583 pla10117 pla10118  10892 ind00047 ind00047
10893 ind00047 ind00047  11175 arc00010 arc00010  11176 arc00010 nat00062
11177 arc00010 nat00062  11282 art00028 xxx00002  11552 ind10104 ind10103
11553 ind10104 cha10110  12166 cha10117 nat10139  12167 cha10117 nat10124
12168 cha10117 nat10123  12169 cha10117 nat00059  12181 cha10128 cha10128
12182 cha10128 cha10128  20090 ind00024 ind00024  20113 nat00029 sec00029
""")

# Authentic images that are the same photograph, from the same list.
DUPLICATES = """
ani10140 ani20016  ani10141 ani20017  ani10210 ani20034  arc00005 art30076
arc00030 arc30622  art00006 art30132  art00007 art30139  cha00030 cha30258
cha10118 cha20005  cha10144 cha20031  cha10146 cha20033  ind00015 sec00023
ind00018 sec30302  ind00095 sec00044  ind00097 ani30794  ind00098 ani30795
nat00006 nat30035  nat00020 nat30295  nat00031 nat30311  nat00036 nat30387
nat00037 nat30397  pla00020 pla30265  pla00021 pla30281
""".split()
SAME_PHOTOGRAPH = dict(zip(DUPLICATES[1::2], DUPLICATES[::2], strict=True))


def authentic_id(stem: str) -> str | None:
    """Category and number of an authentic image, None for another name: "ani00001"."""
    match = AUTHENTIC.fullmatch(stem.lower())
    return match and match[1] + match[2].zfill(5)


def tampered_name(stem: str) -> TamperedName | None:
    """Decode the name of a tampered image without its suffix; None for another name."""
    match = TAMPERED.fullmatch(stem.lower())
    if match is None:
        return None
    size, category, index, donor_category, donor_index, number = match.groups()
    background, donor = CORRECTED.get(
        number, (category + index.zfill(5), donor_category + donor_index.zfill(5))
    )
    return TamperedName(background, donor, REGION_SIZES[size], number)


def mask_number(stem: str) -> str | None:
    """Number of the tampered image that a mask belongs to, None for another name."""
    match = MASK.fullmatch(stem.lower())
    return match and match[1]


def photograph(source: str) -> str:
    """One id for all authentic images that are the same photograph."""
    return SAME_PHOTOGRAPH.get(source, source)
